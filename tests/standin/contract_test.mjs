// The page contract, checked on the stand-in in a real browser and without the
// engine: each selector and page function that the EHR is known to have, one
// whole visit by hand, and the server's truth after it.
//   node tests/standin/contract_test.mjs [path of the standin binary]
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { finish, group, ok, same } from './tap.mjs';
import * as walk from './walk.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const binary = process.argv[2] || here(`../../${process.env.BUILD || 'build'}/standin`);
const standin = await walk.startStandin(binary, ['--pages', here('pages')]);
const browser = await walk.openBrowser();
const patient = { name: 'TEST, ALPHA', dob: '01/02/1903' };
const ICD_PRESETS = 'M25.511 M25.512 M25.521 M25.522 M25.531 M25.532 M25.541 M25.542 M25.551 M25.552 M25.561 M25.562 M25.571 M25.572 M54.16 M54.2 M54.41 M54.42 M54.50 M54.51 M54.59 M54.6 M62.830 S39.012A';
const CPT_PRESETS = ' 97810 97811 97813 97814 9920325 9921225 9921325';
const TO_ALL = '1,2,3,4,5,6,7,8,9,10,11,12';
const EDITORS = ['SOAPtext0', 'SOAPtext1', 'SOAPtext2', 'SOAPtext3', 'SOAPtext4', 'description'];
const ODD = `O'SAMPLE, BÉTA-LOU "B" <X>`;

const truthOf = async (number, dos) => {
  const { visits } = await standin.control('truth');
  return visits.find((visit) => visit.patient === number && visit.dos === dos);
};

async function untilTruth(number, dos, fits) {
  const end = Date.now() + 15000;
  while (Date.now() < end) if (fits(await truthOf(number, dos))) return;
  throw new Error(`the truth of dos ${dos} never came to ${fits}`);
}

// Which of the names are functions (or, with a dot, exist) in the frame.
const functionsMissing = (page, path, names) =>
  walk.inside(page, path, (w, list) => list.filter((name) => typeof w[name] !== 'function'), names);
const valuesMissing = (page, path, names) =>
  walk.inside(page, path, (w, list) => list.filter((name) => typeof w[name] === 'undefined'), names);
const selectorsMissing = (page, path, selectors) =>
  walk.inside(page, path, (w, list) => list.filter((selector) => !w.document.querySelector(selector)), selectors);

const isPost = (request, part) => request.method() === 'POST' && request.url().includes(part);
const lastDialog = (page) => page.dialogs[page.dialogs.length - 1].text;
const url = (page, path) => walk.inside(page, path, (w) => w.location.pathname + w.location.search);
const ROW = ['cpt_code_h', 'cpt_text', 'Units', 'LinkICD', 'Ma', 'Mb', 'Mc', 'Md', 'link_select_modified'];
const ICD_FIELDS = ['ICDCode', 'ICDName', 'diag_code_h'];
const fieldsOf = (page, names) =>
  walk.inside(page, walk.section('diagnose'), (w, list) => list.map((name) => [...w.document.getElementsByName(name)].map((field) => `${field.type} ${field.value}`)), names);

async function login(page) {
  await page.goto(`${standin.base}/`);
  ok(page.url().includes('/eClinic/login_single.aspx'), 'without a session the base URL leads to the login page');
  same(await selectorsMissing(page, [], ['#loginForm', '#id', '#password', '#loginBtn', 'input[name="password"]']), [], 'the login form has its fields');
  await page.fill('#id', 'tester');
  await page.fill('#password', 'wrong');
  await page.click('#loginBtn');
  ok(await page.locator('.login-error').count(), 'a wrong password shows .login-error');
  await page.fill('#id', 'tester');
  await page.fill('#password', 'right');
  await page.click('#loginBtn');
  await page.waitForURL('**/clinic_main.aspx');
  const cookies = await page.context().cookies();
  const cookie = cookies.find((each) => each.name === 'ASP.NET_SessionId');
  ok(cookie && cookie.httpOnly, 'a login sets ASP.NET_SessionId, HttpOnly');
}

await group('login', async () => {
  const context = await browser.newContext();
  await login(await context.newPage());
  await context.close();
  await standin.control('knobs', { loginHost: 'other', loginButton: 'butlogin' });
  const far = await (await browser.newContext()).newPage();
  await far.goto(`${standin.base}/eClinic/clinic_main.aspx`);
  ok(far.url().startsWith(`http://localhost:${standin.port}/login_central.aspx`), 'with loginHost=other login lives on the second host name', far.url());
  await far.fill('#id', 'tester');
  await far.fill('#password', 'right');
  await far.click('#butlogin');
  await far.waitForURL(`${standin.base}/eClinic/clinic_main.aspx`);
  ok(await far.evaluate('Boolean(top.g_sessionID)'), 'a login there comes back to the node with a session');
  await far.context().close();
  await standin.control('knobs', { loginHost: 'same', loginButton: 'loginBtn' });
});

const page = await walk.openShell(browser, standin);
const errors = [];
page.on('pageerror', (error) => errors.push(error.message));

await group('main shell and frame tree', async () => {
  same(await valuesMissing(page, [], ['g_sessionID', 'g_clinicID', 'g_doctorID', 'g_visitID']), [], 'the shell has its globals');
  same(await functionsMissing(page, [], ['closeArea', 'HasWrite', 'switchWLW']), [], 'the shell has its functions');
  same(await selectorsMissing(page, [], [...Array.from({ length: 16 }, (_, n) => `iframe#workarea${n}[name="workarea${n}"]`), '#frm_searchframe[name="searchframe"]', '#waittinglistframe', '#WL', 'td[title="Waiting Room"]', '#mainmenubutton', '#searchicdframe', '#searchcptframe', '#startpageframe', '#calendarframe']), [], 'the shell has its frames and the waiting room button');
  ok((await page.evaluate('document.querySelectorAll("#mainmenubutton").length')) > 1, '#mainmenubutton matches several cells');
  await walk.until(page, ['workarea0'], (w) => w.location.href.includes('emptyarea.html'));
  ok(!(await page.evaluate('document.querySelector("input[name=password], #loginForm, form[action*=login]") !== null')), 'the shell shows no login marker');
  ok(await page.evaluate('g_visitID[0] === -1'), 'no visit is open at first');
  ok(await page.evaluate('document.querySelectorAll("iframe").length') >= 16 + 3 + 30, 'beside work areas, list, search and calendar there are some 30 helper frames');
  ok(await page.evaluate('HasWrite(1)'), 'HasWrite(RightID) tells a permission');
  ok(await page.evaluate('switchWLW(1), document.getElementById("WL").style.visibility !== "hidden"'), 'switchWLW(1) opens the waiting room');
  await walk.until(page, ['waittinglistframe'], (w) => /\/waittinglist\.aspx/.test(w.location.href));
  await walk.until(page, walk.LIST, (w) => /\/waittinglistshow\.aspx/.test(w.location.href));
});

await group('waiting room', async () => {
  await walk.findPatient(page, patient.name, patient.dob);
  same(await selectorsMissing(page, ['waittinglistframe'], ['#waittinglistFrame', 'input[type=radio][name="listAllPatient"]']), [], 'the panel has its list and radios');
  same(await selectorsMissing(page, ['frm_searchframe'], ['#searchStr', '#btnSearch', '#selectorDiv tr[onclick]', '#selectorDiv a']), [], 'the search frame has its box, button and rows');
  same(await functionsMissing(page, walk.LIST, ['moveInMe', 'changeSort', 'selectDate']), [], 'the list has its functions');
  same(await selectorsMissing(page, walk.LIST, ['form[name="ecform"] [name="sortby"]', 'tr[id^="trt"] a[href*="moveInMe"]', 'td[onclick]']), [], 'the list has its form, rows and links');
  const rows = await walk.readRows(page);
  ok(rows.every((row) => /\d{1,2}:\d\d [AP]M/.test(row.text) && /^\d+$/.test(row.id)), 'each row shows a time and has a number for an id');
  ok(rows.every((row) => row.text.includes('HealthFirst')), 'each row shows the payer');
  ok(rows.some((row) => row.text.includes('PT TREATMENT')) && rows.some((row) => !/PT/.test(row.text.replace(patient.name, ''))), 'there are PT rows and others');
  ok(await walk.inside(page, walk.LIST, (w) => w.document.body.textContent.includes('Total: ')), 'the list has a footer with the total');
});

const sortClick = async () => {
  await walk.mark(page, walk.LIST);
  await walk.inside(page, walk.LIST, (w) => [...w.document.querySelectorAll('td[onclick]')].find((cell) => cell.textContent.includes('Appt Time')).click());
  await walk.renewed(page, walk.LIST);
  return (await walk.readRows(page)).map((row) => Number(row.id));
};

await group('sorting', async () => {
  const down = await sortClick();
  const up = await sortClick();
  ok(down[0] > down[down.length - 1], 'the first click on Appt Time sorts descending', down);
  same(up, [...down].reverse(), 'the second click sorts ascending');
  ok((await url(page, walk.LIST)).includes('sortby=12'), 'the list is asked by sortby, 12 being the appointment time');
  await walk.mark(page, walk.LIST);
  await walk.inside(page, walk.LIST, (w) => w.selectDate());
  await walk.renewed(page, walk.LIST);
  ok((await walk.readRows(page)).length === up.length, 'selectDate() loads the list anew');
});

await group('search finds near-equal names with the same DOB', async () => {
  const found = await walk.inside(page, ['frm_searchframe'], (w) => w.document.querySelectorAll('#selectorDiv tr[onclick]').length);
  ok(found === 2, 'the decoy is among the results', found);
  await standin.control('knobs', { searchRow: 'ondblclick' });
  await walk.findPatient(page, ODD, '03/04/1905');
  same(await selectorsMissing(page, ['frm_searchframe'], ['#selectorDiv tr[ondblclick]']), [], 'a result row may have its handler for a double click');
  await standin.control('knobs', { searchRow: 'onclick' });
  const rows = await walk.readRows(page);
  ok(rows[0].text.includes(ODD), 'a name with apostrophe, accent, quotes and angle brackets comes through', rows[0]);
  await walk.findPatient(page, '試験, 三郎', '05/06/1907');
  const truth = (await standin.control('truth')).visits.filter((visit) => visit.patient === 3 && visit.kind === 'pt');
  const byId = [...truth].sort((a, b) => a.rowId - b.rowId).map((visit) => visit.dos);
  same(byId, [1, 2, 3, 5, 4, 6], 'in some charts row ids and appointments disagree');
});

await group('visit container', async () => {
  await walk.findPatient(page, patient.name, patient.dob);
  const visit = await truthOf(1, 1);
  await walk.openRow(page, visit.rowId);
  ok((await page.evaluate('g_visitID[0]')) === Number(visit.visitID), 'the shell knows the open visit');
  ok(page.frames().length >= 92, 'at least 92 frames in the tree', page.frames().length);
  const header = await walk.inside(page, walk.VISIT, (w) => w.document.getElementById('ovHeader').textContent);
  ok([patient.name, patient.dob, 'HealthFirst', '60 / Female', 'DOCTOR'].every((text) => header.includes(text)) && /\d+\/\d+\/\d{4}/.test(header.replace(patient.dob, '')), 'the header shows name, DOB, age, sex, insurance, provider, date', header);
  same(await valuesMissing(page, walk.VISIT, ['nowOVPage', 'lastMenuIndex', 'MenuTitle', 'Menu_PTNote', 'Menu_ICDCPT', 'ovpage', 'editAble', 'editMode', 'modified', 'isPassToBill', 'VisitStatus', 'ptnoteF', 'MustReturnPage']), [], 'the container has its state');
  same(await walk.inside(page, walk.VISIT, (w) => [w.nowOVPage, w.editAble, w.editMode, w.modified, Number(w.isPassToBill), w.ptnoteF]), [4, 1, 1, 0, 0, 0], 'of a fresh visit that may be edited');
  same(await walk.inside(page, walk.VISIT, (w) => ['Open', 'Title', 'ViewOnly', 'HasSave', 'Modified', 'OVPage', 'RightID', 'AutoSave'].filter((key) => !w.MenuTitle.every((menu) => key in menu))), [], 'each menu has its state');
  same(await functionsMissing(page, walk.VISIT, ['select_ovpage', 'select_page', 'Relocal', 'saveIt', 'refreshEditAble', 'saveItCallback', 'AutoSaveIframe', 'SetMenuModified', 'reloadOfficeVisit', 'closeMe']), [], 'the container has its functions');
  same(await selectorsMissing(page, walk.VISIT, ['#MenuFrame', '#InfoFrame', '#OfficeVisit', '#diagnose', '#ptnote', '#checkout', '#chiefComplaint', '#systemreview', '#bodydiagram', 'div#SavePage[onclick="saveIt()"]']), [], 'the container has its frames and #SavePage');
  same(await selectorsMissing(page, walk.section('OfficeVisit'), ['#a_EMR_icdcpt', '#a_EMR_ptnote', '#a_EMR_checkout', '#a_EMR_assessmentplan', '#procbarTDOfficeVisit']), [], 'the summary has its links');
  same(await selectorsMissing(page, walk.section('MenuFrame'), ['#menuButicdcpt', '#menuButptnote', '#menuButcheckout']), [], 'the menu has its buttons');
  ok((await walk.inside(page, walk.section('MenuFrame'), (w) => w.document.querySelectorAll('.menuitem').length)) >= 56, 'the menu has at least 56 items');
  const opened = await truthOf(1, 1);
  ok(opened.opens === 1 && opened.locked, 'opening is counted and takes the lock');
});

// Leaves a section blank, so that what is loaded there next cannot be taken for what was there.
async function blank(name) {
  await walk.inside(page, walk.section(name), (w) => w.location.replace('blank.html'));
  await walk.until(page, walk.section(name), (w) => w.location.href.includes('blank.html') && w.document.readyState === 'complete');
}

await group('navigation', async () => {
  const { visitID, patientID } = await truthOf(1, 1);
  const named = `?patientID=${patientID}&visitID=${visitID}&formMode=1&mpatientid=`;
  const leadsTo = async (go, frame, where) => {
    await walk.inside(page, ...go);
    await walk.until(page, walk.section(frame), (w, part) => w.location.href.includes(part) && w.document.readyState === 'complete', where);
    ok(await walk.inside(page, walk.section(frame), (w) => w.frameElement.style.display !== 'none'), `${where.split('?')[0]} is loaded and shown`);
  };
  await leadsTo([walk.VISIT, (w) => w.select_page(5, 0)], 'diagnose', `ov_icdcpt.aspx${named}&SBCount=`);
  await leadsTo([walk.VISIT, (w) => w.select_page(4, 7)], 'ptnote', `ov_ptnote2018.aspx${named}`);
  await leadsTo([walk.VISIT, (w) => w.select_page(9, 0)], 'checkout', 'checkout2006_spec.aspx');
  for (const [button, frame, where] of [['menuButicdcpt', 'diagnose', 'ov_icdcpt.aspx'], ['menuButptnote', 'ptnote', 'ov_ptnote2018.aspx'], ['menuButcheckout', 'checkout', 'checkout2006_spec.aspx']]) {
    await walk.mark(page, walk.section(frame));
    await walk.inside(page, walk.section('MenuFrame'), (w, id) => w.document.getElementById(id).click(), button);
    await walk.renewed(page, walk.section(frame));
    ok((await url(page, walk.section(frame))).includes(where), `#${button} leads to ${where}`);
  }
  await walk.mark(page, walk.section('diagnose'));
  await walk.inside(page, walk.VISIT, (w) => w.Relocal('diagnose', true));
  ok(await walk.renewed(page, walk.section('diagnose')), 'Relocal(name, true) loads a section anew');
  same(await walk.inside(page, walk.VISIT, (w) => [w.select_ovpage(4), w.nowOVPage, w.document.getElementById('OfficeVisit').style.display].slice(1)), [4, 'block'], 'select_ovpage(4) shows the current visit');
  await walk.inside(page, walk.section('OfficeVisit'), (w) => w.parent.Relocal('chiefComplaint', true));
  await walk.until(page, walk.section('chiefComplaint'), (w) => /ov_ChiefComplaint\.aspx/.test(w.location.href) && w.document.readyState === 'complete');
  same(await selectorsMissing(page, walk.section('chiefComplaint'), ['#chiefComplaint_ifr', '#presentIllness_ifr']), [], 'the chief complaint has its editor frames');
  for (const name of ['diagnose', 'ptnote', 'checkout']) await blank(name);
});

await group('ICD/CPT page', async () => {
  await walk.goToCodes(page);
  same(await selectorsMissing(page, walk.section('diagnose'), ['select#icdTypeSelect', '#currentListCode', ...[0, 1, 2, 3].map((n) => `input[type=radio][name="Remote"][value="${n}"]`), 'select[name="list"]', '#templateList', 'textarea#otherICD', '#currentListCode_cpt', '#chkExactSearch[type=checkbox]', 'select[name="list_cpt"]', '#templateList_cpt', '[name="selectionRes"]', '[name="selectionNameRes"]', '[name="formMode"]', '[name="saveToSuperbill"]', '[name="visitID"]', '[name="patientID"]', '[name="locked"]', '[name="__VIEWSTATE"]', '[name="__VIEWSTATEGENERATOR"]', '#chkAddICDToSuperbill']), [], 'the page has its fields');
  same(await functionsMissing(page, walk.section('diagnose'), ['addSelectionD', 'addSelection', 'addSelectionD_cpt', 'addSelection_cpt', 'SetModifyICD', 'addICDToLinkList', 'refreshLinkICDStr', 'search_by_ajax', 'letsGo', 'checkCPTLinkData', 'checkOldCPT', 'continueSave', 'gatherResultICD', 'gatherNameResultICD']), [], 'the page has its functions');
  same(await valuesMissing(page, walk.section('diagnose'), ['selectList_cpt', '__CPTCodeUnitMap__', 'modified']), [], 'the page has its state');
  same(await walk.inside(page, walk.section('diagnose'), (w) => [...w.document.getElementById('icdTypeSelect').options].map((option) => option.text)), ['ICD9', 'ICD10'], 'ICD9 and ICD10 are to be chosen from');
  same(await walk.inside(page, walk.section('diagnose'), (w) => ['list', 'list_cpt'].map((name) => [...w.document.querySelector(`[name=${name}]`).options].map((option) => option.value).sort().join(' '))), [ICD_PRESETS, CPT_PRESETS], 'the preset lists hold the codes that were seen');
  same(await walk.inside(page, walk.section('diagnose'), (w) => [w.document.querySelector('[name=list]').length, w.document.querySelector('[name=list_cpt]').length, w.document.getElementById('templateList').length, w.document.getElementById('templateList_cpt').length, w.__CPTCodeUnitMap__['97814'], w.document.getElementById('__VIEWSTATE').value.length]), [24, 8, 56, 124, 2, 4096], 'presets, templates, unit map and ViewState have their sizes');
  await walk.inside(page, walk.section('diagnose'), (w) => {
    const list = w.document.querySelector('[name=list]');
    list.value = 'M54.50';
    list.dispatchEvent(new w.MouseEvent('dblclick', { bubbles: true }));
    w.addSelectionD('again', 'M54.50');
    const cpt = w.document.querySelector('[name=list_cpt]');
    cpt.value = '9920325';
    cpt.dispatchEvent(new w.MouseEvent('dblclick', { bubbles: true }));
  });
  const name = await walk.inside(page, walk.section('diagnose'), (w) => w.gatherNameResultICD());
  const text = await walk.inside(page, walk.section('diagnose'), (w) => w.document.querySelector('[name=list_cpt] [value="9920325"]').text.slice(8));
  same(await fieldsOf(page, ICD_FIELDS), [['hidden M54.50'], [`hidden ${name}`], ['hidden M54.50']], 'a double click adds an ICD, and a known one is ignored');
  same(await fieldsOf(page, ROW), [['hidden 99203'], [`hidden ${text}`], ['text 1'], ['text 1'], ['text 25'], ['text '], ['text '], ['text '], ['hidden 0']], 'and a CPT row: characters 6 to 7 of a code are its modifier');
  same(await walk.inside(page, walk.section('diagnose'), (w) => [[...w.selectList_cpt], w.refreshLinkICDStr(), w.modified]), [['99203'], '1', 1], 'the page knows that it holds them');
  ok(await walk.inside(page, walk.section('diagnose'), (w) => w.document.getElementById('chosenICD').textContent.startsWith('(1/A)(M54.50) ')), 'an ICD shows as (n/LETTER)(code) name');
  await walk.saveCodes(page, [['M54.2', 'Cervicalgia']], [['97814', 'ACUP', 3]]);
  const { icd, cpt, codeSaves, codePosts } = await truthOf(1, 1);
  same([icd, cpt.map((row) => [row.code, row.units, row.link, row.modifiers[0]]), codeSaves, codePosts], [['M54.50', 'M54.2'], [['99203', 1, '1,2', '25'], ['97814', 3, '1,2', '']], 1, 1], 'the truth has the codes as posted, saved once');
  same(await walk.inside(page, walk.section('diagnose'), (w) => w.gatherResultICD().split('\n')), ['M54.50', 'M54.2'], 'the page comes back with the saved codes');
  const before = page.dialogs.length;
  await walk.inside(page, walk.section('diagnose'), (w) => {
    for (let i = 1; i <= 11; i++) w.addSelectionD('many', `M25.5${10 + i}`);
    w.addSelectionD_cpt('full', 'short', '992132559AABB');
    w.addSelectionD_cpt('full', 'short', '97814');
  });
  ok(page.dialogs.slice(before).some((dialog) => dialog.text.includes('12 ICD')), 'the 13th ICD brings an alert');
  same((await fieldsOf(page, ROW)).map((values) => values.slice(-2)), [['hidden 99213', 'hidden 97814'], ['hidden short', 'hidden short'], ['text 1', 'text 2'], Array(2).fill(`text ${TO_ALL}`), ['text 25', 'text '], ['text 59', 'text '], ['text AA', 'text '], ['text BB', 'text '], ['hidden 0', 'hidden 0']], 'a CPT takes up to four modifiers, its own units, and links to twelve ICDs');
  await walk.inside(page, walk.section('diagnose'), (w) => w.search_by_ajax(1, 'M25.57', 1, ''));
  await walk.inside(page, walk.section('diagnose'), (w) => w.search_by_ajax(2, '9781', 1, ''));
  const found = (list) => walk.until(page, walk.section('diagnose'), (w, [key, start]) => {
    const codes = [...w.document.querySelector(`[name=${key}]`).options].map((option) => option.value);
    return codes.every((code) => code.startsWith(start)) && codes.length;
  }, list);
  same([await found(['list', 'M25.57']), await found(['list_cpt', '9781'])], [2, 4], 'search_by_ajax fills the ICD list in mode 1, the CPT list in mode 2');
});

await group('note page', async () => {
  await walk.goToNote(page);
  await untilTruth(1, 1, (visit) => visit.codeSaves === 2);
  ok(true, 'leaving the codes changed has saved them: AutoSaveIframe');
  same(await selectorsMissing(page, walk.section('ptnote'), [...EDITORS.map((id) => `textarea#${id}`), ...EDITORS.map((id) => `iframe#${id}_ifr`), '#globalTemplateList', '[name="templetList"]', '[name="subject"]', '#SelectCodelist', '#SelectCodelist2', '[name="visitID"]', '[name="patientID"]', '[name="formMode"]', '[name="isAjaxSave"]', '[name="PageReadTime"]', 'form[name="ecform"]']), [], 'the page has its fields and editor frames');
  same(await walk.inside(page, walk.section('ptnote'), (w, ids) => ids.filter((id) => !w.document.getElementById(`${id}_ifr`).contentDocument.querySelector('body#tinymce')), EDITORS), [], 'each editor is a body#tinymce');
  same((await selectorsMissing(page, walk.section('ptnote'), ['[name^="__VIEWSTATE"]'])).length, 1, 'there is no ViewState');
  same(await functionsMissing(page, walk.section('ptnote'), ['letsGo', 'letsGoCallback', 'reallySubmit', 'checkOVItemConflict']), [], 'the page has its functions');
  same(await walk.inside(page, walk.section('ptnote'), (w) => {
    const editor = w.tinyMCE.getInstanceById('SOAPtext0');
    const frame = w.document.getElementById('SOAPtext0_ifr');
    editor.isNotDirty = false;
    return [typeof w.tinyMCE.triggerSave, typeof w.modified, typeof w.isAjaxSave, w.tinyMCE.getInstanceById('nothing') === undefined, ['setContent', 'getContent', 'getBody', 'focus', 'nodeChanged'].every((name) => typeof editor[name] === 'function'), editor.isNotDirty, frame.contentDocument.body.id];
  }), ['function', 'number', 'string', true, true, false, 'tinymce'], 'the editors speak the 3.5 API');
  await walk.inside(page, walk.section('ptnote'), (w) => w.letsGo(2));
  ok((await truthOf(1, 1)).notePosts === 0, 'letsGo(2) does nothing while modified is 0');
  const texts = ['<p>Says &lt; &amp; "so".</p><p>二</p>', '<p>o</p>', '<p>a</p>', '<p>p</p>'];
  await walk.mark(page, walk.section('OfficeVisit'));
  const [answer] = await Promise.all([page.waitForResponse((each) => isPost(each.request(), 'ov_ptnote2018')).then((each) => each.json()), walk.saveNote(page, texts)]);
  const saved = await truthOf(1, 1);
  same([answer.Success, /^\d{1,2}\/\d{1,2}\/\d{4} \d{1,2}:\d\d:\d\d [AP]M$/.test(answer.dbtime)], ['1', true], 'a save is answered with Success "1" and dbtime');
  ok(await walk.renewed(page, walk.section('OfficeVisit')), 'and the summary is loaded anew');
  same([saved.note.map((html) => html.replace(/>\s+</g, '><')), saved.noteSaves, saved.notePosts], [[...texts, ''], 1, 1], 'the truth has the note, saved once');
  ok(await walk.inside(page, walk.VISIT, (w) => w.ptnoteF === 1 && !w.MenuTitle[w.Menu_PTNote].Modified && w.document.getElementById('ptnote').contentWindow.modified === 0), 'a save tells the container');
  await walk.inside(page, walk.section('ptnote'), (w) => w.reallySubmit(2));
  await untilTruth(1, 1, (visit) => visit.noteSaves === 2);
  ok(true, 'reallySubmit(2) saves though modified is 0');
  await walk.mark(page, walk.section('ptnote'));
  await walk.inside(page, walk.section('ptnote'), (w) => w.letsGo(1));
  await walk.renewed(page, walk.section('ptnote'));
  ok(await walk.until(page, walk.section('ptnote'), (w) => w.document.getElementById('SOAPtext0').value.includes('二')), 'the reloaded page shows the note');
});

await group('checkout', async () => {
  await walk.goToCheckout(page);
  same(await selectorsMissing(page, walk.section('checkout'), ['div#btn_checkout', '#spanPassToBill', 'input[type=hidden][name="passbill"]', 'input[type=radio][name="BillAsPCP"][value="S"]', '#EMRFeatureStatus[value="1"]']), [], 'the page has its fields');
  same(await functionsMissing(page, walk.section('checkout'), ['checkEMRFeatureStatus', 'checkOutOV', 'continueCheckOut', 'doCheckOut', 'letsGo']), [], 'the page has its functions');
  ok(!(await walk.inside(page, walk.section('checkout'), (w) => w.document.getElementById('spanPassToBill').textContent.includes('created'))), 'nothing is billed yet');
  const [request] = await Promise.all([page.waitForRequest((each) => isPost(each, 'checkout2006')), walk.bill(page).then(() => walk.billed(page))]);
  const posted = new URLSearchParams(request.postData());
  same([posted.get('passbill'), posted.get('formMode')], ['0', '2'], 'the post asks to create the bill');
  const { bills, billPosts, status } = await truthOf(1, 1);
  same([bills, billPosts, status], [1, 1, 'BILLED'], 'billed exactly once');
  ok(await walk.inside(page, walk.VISIT, (w) => w.isPassToBill == 1), 'the container knows that it is billed');
  await blank('diagnose');
  await walk.goToCodes(page);
  await walk.inside(page, walk.section('diagnose'), (w) => w.addSelectionD('late', 'M54.6'));
  ok(!(await walk.inside(page, walk.section('diagnose'), (w) => w.gatherResultICD().includes('M54.6'))), 'a billed visit takes no code');
  await walk.inside(page, walk.section('diagnose'), (w) => w.letsGo(2));
  same(lastDialog(page), 'Billing is created, you can not change ICD/CPT any more.', 'and says why none is saved');
});

await group('close', async () => {
  await Promise.all([page.waitForRequest((each) => isPost(each, 'ov_unlock.aspx')), walk.closeVisit(page)]);
  const { closes, locked } = await truthOf(1, 1);
  same([closes, locked, await page.evaluate('g_visitID[0]')], [1, false, -1], 'closing releases the lock and empties the area');
});

async function openSecond() {
  await walk.findPatient(page, patient.name, patient.dob);
  const { rowId, visitID } = await truthOf(1, 2);
  const place = (await walk.readRows(page)).findIndex((row) => row.id === rowId) + 1;
  await walk.inside(page, walk.LIST, (w, n) => w.moveInMe(n), place);
  await walk.until(page, walk.section('OfficeVisit'), (w) => w.document.getElementById('a_EMR_icdcpt'));
  return (await page.evaluate('g_visitID[0]')) === Number(visitID);
}

await group('close asks without its argument', async () => {
  ok(await openSecond(), 'moveInMe(n) opens the n-th row');
  await walk.goToCodes(page);
  await walk.mark(page, walk.section('diagnose'));
  await walk.inside(page, walk.section('diagnose'), (w) => void w.setTimeout(() => w.letsGo(2), 0));
  await walk.renewed(page, walk.section('diagnose'));
  ok(lastDialog(page).startsWith("You didn't select any code"), 'a save without a code asks first', lastDialog(page));
  await walk.inside(page, walk.section('diagnose'), (w) => w.SetModifyICD());
  const before = page.dialogs.length;
  await walk.inside(page, walk.VISIT, (w) => void w.setTimeout(() => w.closeMe(), 0));
  await walk.until(page, walk.VISIT, (w) => w.location.href.includes('emptyarea'));
  const [first, second] = page.dialogs.slice(before).map((dialog) => dialog.text);
  ok(/^Some values have been changed.*close without saving\?$/.test(first), 'closeMe() tells of changes', first);
  same(second, 'Are you sure you want to close OFFICE VISIT?', 'and asks');
});

await group('what may not be edited', async () => {
  await standin.control('faults', [{ path: 'ov_doctor_spec', do: 'not_editable' }]);
  await openSecond();
  await standin.control('faults', []);
  same(await walk.inside(page, walk.VISIT, (w) => [w.editAble, w.editMode]), [0, 0], 'is in browse mode');
  await walk.goToCheckout(page);
  await walk.inside(page, walk.section('checkout'), (w) => w.checkOutOV(2));
  same(lastDialog(page), 'You are in browse mode.', 'a visit in browse mode is not billed');
  await walk.inside(page, walk.VISIT, (w) => void (w.VisitStatus = 'CA'));
  await walk.inside(page, walk.section('checkout'), (w) => w.checkOutOV(2));
  same([lastDialog(page), (await truthOf(1, 2)).billPosts], ['This visit is deleted.', 0], 'nor is a deleted one');
  await walk.closeVisit(page);
});

await group('a POST on a kept connection that is dropped', async () => {
  await walk.findPatient(page, patient.name, patient.dob);
  await walk.openRow(page, (await truthOf(1, 2)).rowId);
  await walk.goToCheckout(page);
  await standin.control('faults', [{ path: 'checkout2006', method: 'POST', nth: 1, do: 'lose_answer' }]);
  await walk.bill(page);
  await walk.billed(page);
  const { bills, billPosts } = await truthOf(1, 2);
  same([bills, billPosts], [2, 2], 'is sent again by the browser, and counted twice');
  await walk.closeVisit(page);
});

await group('the rest of the chart', async () => {
  const { visits } = await standin.control('truth');
  const touched = visits.filter((visit) => visit.opens || visit.bills || visit.codeSaves || visit.noteSaves);
  same(touched.map((visit) => [visit.patient, visit.dos]), [[1, 1], [1, 2]], 'no other visit was touched');
  same(errors, [], 'no page had a script error');
});

await group('the README', async () => {
  const readme = readFileSync(here('README.md'), 'utf8');
  const knobs = Object.entries(await standin.control('knobs'));
  same(knobs.filter(([name, { means }]) => !readme.includes(`| \`${name}\` |`) || !readme.includes(means)), [], 'names every knob, with its meaning');
  const faults = [...readFileSync(here('fault.def'), 'utf8').matchAll(/^FAULT\((\w+)/gm)].map((found) => found[1]);
  same(faults.filter((name) => !readme.includes(`| \`${name}\` |`)), [], 'names every fault');
});

await browser.close();
const ended = await standin.stop();
ok(ended.code === 0, 'the stand-in ends cleanly on SIGTERM', ended);
finish();

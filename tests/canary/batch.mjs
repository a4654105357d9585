// The batch and the session of a canary run: every field that could identify somebody does.
import { OF_BATCH, OF_SESSION, PATIENTS, PLANTS } from './identifiers.mjs';

const ICD = [{ code: 'M54.50', name: 'Low back pain, unspecified' }];
const CPT = [{ code: '97810', name: 'ACUP 1/> WO ESTIM 1ST 15 MIN', units: 1 }];
const plain = kind => OF_BATCH.find(id => id.kind === `${kind} (batch)`).forms[0];

// A section of a note: canaries as a clinician would write them, and some as no one would.
function section(title, part) {
  const said = PLANTS.filter((none, i) => i % 4 === part && i % 3 === 0).map(({ id, text }) => `${id.kind} ${text}`);
  return `${title} of ${PATIENTS[0].name}, also called ${plain('name')}, born ${PATIENTS[0].dob}.\n${said.join('\n')}`;
}

const soap = () => ({ subjective: section('Complaint', 0), objective: section('Findings', 1), assessment: section('Assessment', 2), plan: section('Plan', 3) });

// Keys that the engine does not know stay in the file as given.
function person({ name, dob }, visits) {
  const more = Object.fromEntries(OF_BATCH.map(({ kind, forms }) => [kind.replace(/ \(.*/, '').replaceAll(' ', '_'), forms[0]]));
  return { name, dob, age: 44, gender: 'Female', insurance: 'NONE', clinical: { contact: more }, relatives: [more], visits };
}

function visit(dos) {
  return { index: dos - 1, dos, noteType: 'TX', bodyPart: 'LBP', laterality: 'bilateral', secondaryParts: [], history: [`seen at ${plain('address')}`],
    status: 'done', icdCodes: ICD, cptCodes: CPT, generated: { soap: soap(), fullText: section('All', 0), seed: 1 } };
}

export const batch = () => ({ batchId: 'batch_20310719_080000', createdAt: '2031-07-19T08:00:00.000Z', mode: 'full', confirmed: true,
  patients: [person(PATIENTS[0], [visit(1)]), person(PATIENTS[1], [visit(1)])] });

// A Playwright storage state with what a site and its scripts may have kept in it.
export function withCanaries(state) {
  const cookies = OF_SESSION.map(({ forms }, i) => ({ name: `kept${i}`, value: encodeURIComponent(forms[0]), domain: '127.0.0.1', path: '/', expires: -1,
    httpOnly: false, secure: false, sameSite: 'Lax' }));
  const origins = [{ origin: 'http://127.0.0.1', localStorage: OF_SESSION.map(({ kind, forms }) => ({ name: kind, value: forms[0] })) }];
  return { ...state, cookies: [...state.cookies, ...cookies], origins };
}

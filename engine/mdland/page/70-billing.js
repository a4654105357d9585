/* Checkout. A bill is created once and cannot be taken back: the page must not
   show one already, and only "(Billing is created)" on a document that came
   after the click, or the visit closing itself, says that it was. */

function checkoutReady(doc) {
  return doc.querySelector('#spanPassToBill, [name="passbill"]') !== null;
}

function showsBill(doc) {
  const shown = doc.getElementById('spanPassToBill');
  return Boolean(shown) && /\(billing is created\)/i.test(textOf(shown));
}

operations.navigateCheckout = async function (ctx, args) {
  await enterSection(ctx, SECTIONS.checkout, args.visitId, checkoutReady);
  return {};
};

/* A visit may close itself once it is billed. What the answer to the bill
   showed, before that, stays true. */
operations.readBilling = async function (ctx, args) {
  if (!visitArea() && page.bills.has(args.visitId)) return { billed: true };
  const doc = await freshSection(ctx, SECTIONS.checkout, args.visitId, checkoutReady);
  requirePerson(args);
  requireSection(SECTIONS.checkout, args.visitId);
  return { billed: showsBill(doc) };
};

/* Buttons of this frame alone. */
function billingClick(doc) {
  const marks = ['#btn_checkout', '#btn_generatebill', '[onclick*="letsGo(2)"]'];
  const button = marks.map((mark) => doc.querySelector(mark)).find((each) => each && !isSwitchedOff(each));
  if (button) return () => button.click();
  if (typeof doc.defaultView.checkOutOV === 'function') return () => doc.defaultView.checkOutOV(2);
  return fail('element_not_found', 'billingButton');
}

/* Inside act(). */
function sendBill(args) {
  const area = requirePerson(args);
  const doc = requireSection(SECTIONS.checkout, args.visitId);
  if (showsBill(doc)) fail('already_billed', 'checkoutPage');
  requireWritable(area);
  requireGuarded(doc, SECTIONS.checkout);
  const bill = billingClick(doc);
  const field = doc.querySelector('[name="passbill"]');
  if (field) field.value = '0';
  page.stale.add(doc);
  bill();
  return doc;
}

operations.generateBilling = async function (ctx, args) {
  const section = SECTIONS.checkout, dialogs = hearDialogs(section);
  try {
    const sent = act(ctx, () => sendBill(args));
    return await until(ctx, () => {
      if (isEmptyArea(areaDocument())) return { closed: true };
      requireAnswer(section, sent, checkoutReady, dialogs);
      const doc = newSection(section, args.visitId, sent, showsBill);
      if (doc) page.bills.add(args.visitId);
      return doc && { closed: false };
    }, { what: section.place, missing: () => refusal(section, sent) });
  } finally {
    dialogs.stop();
  }
};

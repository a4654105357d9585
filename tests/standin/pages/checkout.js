/* Checkout: a chain of checks, then one form post that creates the bill. */
var visit = parent;

function form() {
    return document.forms.ecform;
}

function startPage() {
    visit.isPassToBill = isPassToBill;
    if (message)
        alert(message);
    if (reloadTwice) {
        location.replace(location.href + (isPassToBill ? '&billed=1' : ''));
        return;
    }
    if (settings.autoClose >= 0)
        setTimeout(function () { visit.closeMe(1); }, settings.autoClose);
}

function checkEMRFeatureStatus() {
    if (document.getElementById('EMRFeatureStatus').value == '1')
        checkOutOV(2);
}

function checkOutOV(mode) {
    if (visit.VisitStatus == 'CA') {
        alert('This visit is deleted.');
        return;
    }
    if (!visit.editMode) {
        alert('You are in browse mode.');
        return;
    }
    if (isPassToBill) {
        alert('Billing is already created.');
        return;
    }
    continueCheckOut(mode);
}

function continueCheckOut(mode) {
    doCheckOut(mode);
}

function passBill() {
    form().passbill.value = 0;
}

function doCheckOut(mode) {
    passBill();
    letsGo(mode);
}

function letsGo(mode) {
    if (mode == 1) {
        location.reload();
        return;
    }
    document.cookie = 'checkoutPage=' + visit.visitID + '; path=/eClinic';
    form().formMode.value = mode;
    form().submit();
}

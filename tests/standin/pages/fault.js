/* Faults that a page suffers from its own script. The server puts this into a
   page that a rule has chosen, with standinFault set and one of these called. */
var standinFaults = {
    dialog: function (fault) {
        if (fault.kind == 'beforeunload')
            window.addEventListener('beforeunload', function (event) {
                event.preventDefault();
                event.returnValue = fault.text;
            });
        else if (fault.kind == 'confirm')
            confirm(fault.text);
        else
            alert(fault.text);
    },
    alert_loop: function () {
        (function again() {
            alert('Please note.');
            setTimeout(again, 0);
        })();
    },
    freeze: function (fault) {
        var end = Date.now() + fault.ms;

        while (!fault.ms || Date.now() < end)
            continue;
    },
    /* Laying out this deep a tree overflows the renderer's stack, at once and without much memory. It
       grows where nobody observes it: each observer would climb the whole way up at each element. */
    crash: function () {
        var page = top.document, nursery = page.implementation.createHTMLDocument(''), place = nursery.body;

        for (var depth = 0; depth < 60000; depth++)
            place = place.appendChild(nursery.createElement('div'));
        page.body.appendChild(nursery.body.firstChild);
        page.body.offsetHeight;
    },
    missing_element: function (fault) {
        function remove() {
            var element = document.querySelector(fault.selector);

            if (element)
                element.remove();
        }
        remove();
        new MutationObserver(remove).observe(document, { childList: true, subtree: true });
    },
    auto_close: function (fault) {
        window.addEventListener('load', function () {
            setTimeout(function () {
                (window.closeMe || parent.closeMe)(1);
            }, fault.ms);
        });
    }
};

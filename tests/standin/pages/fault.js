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
    crash: function () {
        var pieces = [];

        for (;;)
            pieces.push(new Array(1000000).fill(pieces.length));
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

/* The knob pageWeight=light: as much of TinyMCE's 3.5 API as the page and its users
   speak, over a bare editable document each. */
(function () {
    var editors = [];

    function LightEditor(id) {
        var area = document.getElementById(id), self = this;

        this.id = id;
        this.isNotDirty = true;
        this.handlers = [];
        this.frame = document.createElement('iframe');
        this.frame.id = id + '_ifr';
        area.style.display = 'none';
        area.parentNode.insertBefore(this.frame, area);
        this.getBody().id = 'tinymce';
        this.getBody().contentEditable = 'true';
        this.getBody().addEventListener('input', function () { self.changed(); });
        this.setContent(area.value);
        this.initialized = true;
    }

    LightEditor.prototype = {
        getBody: function () { return this.frame.contentDocument && this.frame.contentDocument.body; },
        getContent: function () { return this.getBody().innerHTML; },
        setContent: function (html) { this.getBody().innerHTML = html; },
        focus: function () { this.getBody().focus(); },
        nodeChanged: function () { this.changed(); },
        save: function () { document.getElementById(this.id).value = this.getContent(); },
        on: function (names, handler) { this.handlers.push(handler); },
        changed: function () { this.handlers.forEach(function (handler) { handler(); }); }
    };

    window.tinymce = window.tinyMCE = {
        editors: editors,
        majorVersion: '3',
        minorVersion: '5.8',
        init: function (options) {
            var editor = new LightEditor(options.selector.slice(1));

            options.setup(editor);
            editors.push(editor);
        },
        get: function (id) { return editors.filter(function (editor) { return editor.id === id; })[0]; },
        getInstanceById: function (id) { return this.get(id); },
        triggerSave: function () { editors.forEach(function (editor) { editor.save(); }); }
    };
})();

/* TinyMCE 4.9 seen through the 3.5 API that the EHR's pages and its users
   speak: the object is tinyMCE, an editor is found by getInstanceById, and
   isNotDirty is a plain property. The server puts it at the end
   of tinymce.min.js. */
(function () {
    var tiny = window.tinymce;

    window.tinyMCE = tiny;
    tiny.getInstanceById = function (id) {
        return tiny.get(id) || undefined;
    };
    tiny.majorVersion = '3';
    tiny.minorVersion = '5.8';
})();

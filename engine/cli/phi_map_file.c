#include "engine/cli/phi_map_file.h"

#include "engine/cli/input_file.h"
#include "recorder/clean/check.h"

enum err_code phi_map_open(const char *path, struct phi_map **ret_map, struct err *err)
{
    CLEANUP_STR struct str text;
    str_init(&text, PHI_MAP_BYTES_MAX);
    if (!path)
        return phi_map_parse((struct slice){phi_map_text, phi_map_text_size}, ret_map, err);
    TRY(input_file_read(path, &text, err));
    if (phi_map_parse(str_slice(&text), ret_map, err) != ERR_OK)
        return err_wrap(err, "%s", path);
    return ERR_OK;
}

enum err_code require_clean(const struct recording *recording, struct err *err)
{
    struct phi_map *map = NULL;
    TRY(phi_map_open(NULL, &map, err));
    enum err_code code = recording_require_clean(recording, map, err);
    phi_map_free(map);
    return code;
}

#include "engine/cli/scenario/files.h"

#include "engine/cli/shown.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

static enum err_code add(struct scenario_files *files, const char *path, struct err *err)
{
    if (files->count == SCENARIO_FILES_MAX)
        return err_set(err, ERR_INPUT, "test: over the limit: more than %d scenarios", SCENARIO_FILES_MAX);
    if (files->count == files->capacity) {
        size_t capacity = files->capacity ? files->capacity * 2 : 64;
        char **grown = reallocarray(files->paths, capacity, sizeof *grown);
        if (!grown)
            return err_set(err, ERR_ENV, "out of memory");
        files->paths = grown;
        files->capacity = capacity;
    }
    char *copy = strdup(path);
    if (!copy)
        return err_set(err, ERR_ENV, "out of memory");
    files->paths[files->count++] = copy;
    return ERR_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_scenario(const char *name)
{
    size_t length = strlen(name);
    return name[0] != '.' && length > 5 && strcmp(name + length - 5, ".yaml") == 0;
}

static enum err_code add_named(struct scenario_files *files, const char *folder, const char *name, struct err *err)
{
    char path[PATH_MAX];
    size_t length = strlen(folder);
    if (!is_scenario(name))
        return ERR_OK;
    if (!text_format(path, sizeof path, "%s%s%s", folder, length && folder[length - 1] == '/' ? "" : "/", name))
        return err_set(err, ERR_INPUT, "test: %s: the path is too long", folder);
    return add(files, path, err);
}

static enum err_code add_folder(struct scenario_files *files, const char *folder, struct problems *problems, struct err *err)
{
    DIR *dir = opendir(folder);
    size_t before = files->count;
    enum err_code code = ERR_OK;
    if (!dir)
        return err_set(err, errno == EACCES ? ERR_INPUT : ERR_ENV, "test: %s: cannot be read: %s", folder, strerror(errno));
    for (struct dirent *entry; code == ERR_OK && (entry = readdir(dir));)
        code = add_named(files, folder, entry->d_name, err);
    closedir(dir);
    if (files->count > before)
        qsort(files->paths + before, files->count - before, sizeof *files->paths, by_name);
    if (code == ERR_OK && files->count == before)
        PROBLEM_OF_PATH(problems, "%s: no scenario is in this folder: their names end in .yaml", shown(folder));
    return code;
}

enum err_code scenario_files_add(struct scenario_files *files, const char *path, struct problems *problems, struct err *err)
{
    struct stat info;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return add_folder(files, path, problems, err);
    return add(files, path, err);
}

void scenario_files_fini(struct scenario_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->paths[i]);
    free(files->paths);
    *files = (struct scenario_files){0};
}

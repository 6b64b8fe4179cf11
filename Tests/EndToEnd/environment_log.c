// Loaded before libc: appends a line "OBJECT NAME" to the file that $ENVIRONMENT_LOG names for each variable that
// somebody asks for by getenv or secure_getenv. OBJECT is the file name of the program or library that asked.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static char *value_of(const char *name) {
    size_t length = strlen(name);
    for (char **entry = environ; entry && *entry; entry++) {
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=') return *entry + length + 1;
    }
    return NULL;
}

static void note(const void *caller, const char *name) {
    const char *log = value_of("ENVIRONMENT_LOG");
    Dl_info asking;
    char line[512];
    if (!log || !dladdr(caller, &asking) || !asking.dli_fname) abort();
    const char *slash = strrchr(asking.dli_fname, '/');
    int length = snprintf(line, sizeof line, "%s %s\n", slash ? slash + 1 : asking.dli_fname, name);
    int file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0 || write(file, line, (size_t)length) != length) abort();
    close(file);
}

char *getenv(const char *name) {
    note(__builtin_return_address(0), name);
    return value_of(name);
}

// As in a program that is not setuid: nothing is loaded before libc into one that is.
char *secure_getenv(const char *name) {
    note(__builtin_return_address(0), name);
    return value_of(name);
}

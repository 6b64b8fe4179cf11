// Loaded before libc: appends to the file that $BCRYPT_LOG names one line for each call of crypt_rn, the function that
// hashes: the first seven characters of the setting, which name the method and its cost.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

char *crypt_rn(const char *phrase, const char *setting, void *data, int size) {
    // By name: libcrypt comes with the module, out of sight of RTLD_NEXT.
    void *library = dlopen("libcrypt.so.1", RTLD_LAZY);
    char *(*hash)(const char *, const char *, void *, int) = library ? dlsym(library, "crypt_rn") : NULL;
    const char *log = getenv("BCRYPT_LOG");
    if (!hash || !log) abort();
    int file = open(log, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file < 0 || write(file, setting, 7) != 7 || write(file, "\n", 1) != 1) abort();
    close(file);
    char *result = hash(phrase, setting, data, size);
    dlclose(library);
    return result;
}

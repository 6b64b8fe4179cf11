// What a process that serves a connection can still do to a file of root's outside of the store: "confined" as the
// service confines itself, by the very same code, or "free" but for the capabilities.
#define _GNU_SOURCE
#include "../../Sources/CLinux/clinux.c"

#include <sys/xattr.h>

static void say(const char *what, long result) { printf("%s %s\n", what, result >= 0 ? "done" : strerrorname_np(errno)); }

int main(int count, char **words) {
    if (count != 3) return 2;
    const char *file = words[2];
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 3;
    if (strcmp(words[1], "confined") == 0) {
        if (twostep_drop_capabilities() != 0 || twostep_filter_system_calls() != 0 || twostep_filter_file_rights() != 0 ||
            twostep_filter_file_names() != 0)
            return 4;
        int rules = twostep_new_ruleset(), root = open("/", O_PATH | O_DIRECTORY);
        if (rules >= 0 && (twostep_allow_below(rules, root, 0) != 0 || twostep_enforce(rules) != 0)) return 5;
    }
    say("open", open(file, O_WRONLY));
    say("truncate", truncate(file, 0));
    say("chmod", syscall(SYS_fchmodat, AT_FDCWD, file, 04755));
    say("fchmodat2", syscall(__NR_fchmodat2, AT_FDCWD, file, 04755, 0));
    say("setxattr", setxattr(file, "user.twostep", "1", 1, 0));
    say("lsetxattr", lsetxattr(file, "user.twostep", "1", 1, 0));
    say("utimensat", utimensat(AT_FDCWD, file, NULL, 0));
    say("link", linkat(AT_FDCWD, file, AT_FDCWD, "/tmp/linked", 0));
    say("rename", rename(file, file));
    say("chown", chown(file, 0, 0));
    return 0;
}

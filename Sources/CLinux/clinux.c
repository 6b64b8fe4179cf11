#include "clinux.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#else
#error "which AUDIT_ARCH_ is this?"
#endif

#define FIELD(name) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, name))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, value)
// Whether what was loaded is, or is not, this value: the next line is for that case alone.
#define WHERE_IS(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1)
#define WHERE_IS_NOT(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0)
#define WHERE_IS_FROM(value) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, 0, 1)
#define REFUSE(call) WHERE_IS(__NR_##call), ANSWER(SECCOMP_RET_ERRNO | EPERM)

// What a process that judges a login never does, whatever the name service or libcrypto do in it: start programs, reach
// into other processes, the kernel or mounts, gather rights, or talk to anything but sockets of this machine.
#if defined(__x86_64__)
#define ONLY_NATIVE                                                             \
    FIELD(arch), WHERE_IS_NOT(NATIVE), ANSWER(SECCOMP_RET_KILL_PROCESS),        \
    FIELD(nr), WHERE_IS_FROM(0x40000000), ANSWER(SECCOMP_RET_KILL_PROCESS) /* the x32 calls */
#else
#define ONLY_NATIVE FIELD(arch), WHERE_IS_NOT(NATIVE), ANSWER(SECCOMP_RET_KILL_PROCESS), FIELD(nr)
#endif

static const struct sock_filter refused[] = {
    ONLY_NATIVE,
    REFUSE(execve), REFUSE(execveat), REFUSE(kill), REFUSE(tkill), REFUSE(rt_sigqueueinfo), REFUSE(rt_tgsigqueueinfo), REFUSE(pidfd_send_signal), REFUSE(pidfd_getfd),
    REFUSE(ptrace), REFUSE(process_vm_readv), REFUSE(process_vm_writev), REFUSE(process_madvise), REFUSE(kcmp),
    REFUSE(mount), REFUSE(umount2), REFUSE(pivot_root), REFUSE(chroot), REFUSE(move_mount), REFUSE(open_tree),
    REFUSE(fsopen), REFUSE(fspick), REFUSE(mount_setattr), REFUSE(setns), REFUSE(unshare),
    REFUSE(bpf), REFUSE(perf_event_open), REFUSE(userfaultfd), REFUSE(io_uring_setup),
    REFUSE(keyctl), REFUSE(add_key), REFUSE(request_key), REFUSE(init_module), REFUSE(finit_module),
    REFUSE(delete_module), REFUSE(kexec_load), REFUSE(reboot), REFUSE(swapon), REFUSE(swapoff), REFUSE(acct),
    REFUSE(settimeofday), REFUSE(clock_settime), REFUSE(adjtimex), REFUSE(sethostname), REFUSE(setdomainname),
    REFUSE(open_by_handle_at), REFUSE(personality), REFUSE(syslog), REFUSE(quotactl), REFUSE(mknodat),
    REFUSE(setuid), REFUSE(setgid), REFUSE(setreuid), REFUSE(setregid), REFUSE(setresuid), REFUSE(setresgid),
    REFUSE(setgroups), REFUSE(setfsuid), REFUSE(setfsgid), REFUSE(capset),
#if defined(__x86_64__)
    REFUSE(mknod),
#endif
    REFUSE(bind), REFUSE(listen), REFUSE(accept4), REFUSE(accept),
    WHERE_IS_NOT(__NR_socket), ANSWER(SECCOMP_RET_ALLOW),
    FIELD(args[0]), WHERE_IS_NOT(AF_UNIX), ANSWER(SECCOMP_RET_ERRNO | EAFNOSUPPORT),
    ANSWER(SECCOMP_RET_ALLOW),
};

// Calls that are younger than the headers of the oldest system that this is built on; the numbers are every machine's.
#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif
#ifndef __NR_setxattrat
#define __NR_setxattrat 463
#endif
#ifndef __NR_removexattrat
#define __NR_removexattrat 466
#endif
#ifndef __NR_file_setattr
#define __NR_file_setattr 469
#endif

// What nothing of Twostep does to a file; a module that confirms a password may (pam_faillock). An access control list is
// an extended attribute.
static const struct sock_filter file_rights[] = {
    ONLY_NATIVE,
    REFUSE(fchmodat), REFUSE(fchmodat2), REFUSE(fchown), REFUSE(fchownat), REFUSE(linkat), REFUSE(symlinkat),
    REFUSE(mkdirat), REFUSE(setxattr), REFUSE(lsetxattr), REFUSE(fsetxattr), REFUSE(setxattrat), REFUSE(removexattr),
    REFUSE(lremovexattr), REFUSE(fremovexattr), REFUSE(removexattrat), REFUSE(file_setattr), REFUSE(truncate),
    REFUSE(ftruncate), REFUSE(utimensat),
#if defined(__x86_64__)
    REFUSE(chmod), REFUSE(chown), REFUSE(lchown), REFUSE(link), REFUSE(symlink), REFUSE(mkdir), REFUSE(rmdir),
#endif
    ANSWER(SECCOMP_RET_ALLOW),
};

// What makes files appear and go, which enrolling and disabling do and nothing else.
static const struct sock_filter file_names[] = {
    ONLY_NATIVE,
    REFUSE(fchmod), REFUSE(unlinkat), REFUSE(renameat), REFUSE(renameat2),
#if defined(__x86_64__)
    REFUSE(unlink), REFUSE(rename),
#endif
    ANSWER(SECCOMP_RET_ALLOW),
};

#define INSTALL(table)                                                                                        \
    (struct sock_fprog) { .len = sizeof table / sizeof table[0], .filter = (struct sock_filter *)table }

static int install(struct sock_fprog program) {
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0UL, 0UL);
}

int twostep_filter_system_calls(void) { return install(INSTALL(refused)); }
int twostep_filter_file_rights(void) { return install(INSTALL(file_rights)); }
int twostep_filter_file_names(void) { return install(INSTALL(file_names)); }

// landlock(7): everything that the first version of it knows is refused, but for what is allowed below a folder; and from
// the third on, emptying files by opening them.
int twostep_new_ruleset(void) {
    struct landlock_ruleset_attr rules = {.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1U /* which version */) >= 3)
        rules.handled_access_fs |= 1ULL << 14; // LANDLOCK_ACCESS_FS_TRUNCATE
    return (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules.handled_access_fs, 0);
}

// Reading; with 1 writing as well, with 2 also making and removing files.
int twostep_allow_below(int ruleset, int folder, int writing) {
    struct landlock_path_beneath_attr rule = {
        .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
                          (writing > 0 ? LANDLOCK_ACCESS_FS_WRITE_FILE : 0) |
                          (writing > 1 ? LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE : 0),
        .parent_fd = folder};
    return (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

int twostep_enforce(int ruleset) { return (int)syscall(SYS_landlock_restrict_self, ruleset, 0); }

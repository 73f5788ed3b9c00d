/*
 * confine.c - what sekisho-helper never needs is forbidden to it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * For the case that a PAM module, an account source or we have an error that
 * lets the caller's bytes decide what runs. Inherited by every child, the
 * store's among them.
 *
 * System calls are denied by a list, not allowed by one: what PAM modules and
 * account sources (sssd, LDAP, Kerberos, a vendor's reader) call differs from
 * site to site and from release to release, and a call left out of a list of
 * allowed ones locks a town hall's screens. Left open on purpose: clone3 and
 * fsopen, fsconfig, fsmount (the store's child leaves its caller's cgroup by
 * them), adjtimex (is the clock synchronised?), sockets, and exec.
 *
 * Writing is allowed beneath the store's folder and the places in which PAM
 * modules keep what passes (/run, /tmp, /var/tmp, /var/log, /var/cache, the
 * account source's /var/lib/sss), devices, /proc and cgroups; nowhere else,
 * so not in /etc, /usr, /home, /root, /boot. Reading is not limited: keys,
 * shadow and policy are to be read, and libraries are loaded late.
 *
 * A security key is a device (/dev/hidraw*), found by what udev keeps of it in
 * /run/udev and /sys; libfido2 and OpenSSL are loaded behind both. Who talks to
 * it is a child of this process, and forbids itself more. An IC card is talked
 * to through pcscd, at a socket in /run, by libpcsclite, in such a child, too.
 * So is fprintd, at the system bus in /run; its templates are read alone: it
 * is fprintd that writes /var/lib/fprint.
 *
 * A kernel without either still works.
 */
#include "config.h"

#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#if defined(__has_include)
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif
#endif

#include "helper.h"
#include "sekisho/base/file.h"

static const char *const forbidden[] = {
	/* other processes */
#if !defined(__SANITIZE_ADDRESS__)	/* its search for leaks needs it */
	"ptrace",
#endif
	"process_vm_readv", "process_vm_writev", "kcmp",
	"pidfd_getfd", "process_madvise",
	/* the kernel itself */
	"kexec_load", "kexec_file_load", "init_module", "finit_module",
	"delete_module", "create_module", "bpf", "perf_event_open",
	"userfaultfd", "lookup_dcookie", "iopl", "ioperm", "syslog",
	"modify_ldt", "vm86", "vm86old", "_sysctl", "sysfs", "uselib",
	"fanotify_init", "reboot", "acct", "quotactl", "quotactl_fd",
	"nfsservctl", "swapon", "swapoff", "vhangup", "memfd_secret",
	"move_pages", "migrate_pages", "mbind", "set_mempolicy",
	/* keyrings, personality, rings */
	"add_key", "request_key", "keyctl", "personality", "io_uring_setup",
	"io_uring_enter", "io_uring_register",
	/* names and roots: of mounting only what makes a mount nobody sees */
	"mount", "umount", "umount2", "pivot_root", "chroot", "open_tree",
	"move_mount", "mount_setattr", "fspick", "setns", "unshare",
	"open_by_handle_at", "mknod", "mknodat",
	/* the machine's name and time */
	"sethostname", "setdomainname", "settimeofday", "clock_settime",
	"stime",
};
#define COUNT(table)	(sizeof(table) / sizeof(table[0]))

void
helper_forbid_calls(void)
{
	scmp_filter_ctx ctx;
	size_t i;
	int rc = 0, number;

	if ((ctx = seccomp_init(SCMP_ACT_ALLOW)) == NULL)
		return;
	/* no_new_privs would keep SELinux from a domain of the store's own;
	 * as root it is not needed. */
	rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0);
	for (i = 0; i < COUNT(forbidden) && rc == 0; i++) {
		number = seccomp_syscall_resolve_name(forbidden[i]);
		if (number == __NR_SCMP_ERROR)
			continue;	/* unknown to this libseccomp */
		/* EPERM, not a kill: a module that tries one goes on without,
		 * as in many containers. One that is not of this machine's
		 * (negative) cannot be called, and may not be added. */
		if (number >= 0)
			rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM),
			    number, 0);
	}
	if (rc == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	if (rc != 0)
		helper_log(LOG_DEBUG, "system calls are not limited (%s)",
		    strerror(-rc));
}

#if defined(LANDLOCK_ACCESS_FS_WRITE_FILE) && \
    defined(SYS_landlock_create_ruleset)

static const char *const writable[] = {
	"/run", "/var/run", "/tmp", "/var/tmp", "/var/log", "/var/cache",
	"/var/lib/sss", "/dev", "/proc", "/sys/fs/cgroup",
};

#define WRITING	((uint64_t)(LANDLOCK_ACCESS_FS_WRITE_FILE |		\
	LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |  \
	LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |	\
	LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |	\
	LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |	\
	LANDLOCK_ACCESS_FS_MAKE_SYM))

/* Places that are not there need no leave. */
static bool
allow(int ruleset, const char *path)
{
	struct landlock_path_beneath_attr rule = { WRITING, -1 };
	int rc;

	rule.parent_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return (true);
	rc = (int)syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	(void)close(rule.parent_fd);
	return (rc == 0);
}

/* A ruleset of what may be written; -1 and errno. */
static int
make_ruleset(const char *store_folder)
{
	struct landlock_ruleset_attr attr;
	bool ok;
	size_t i;
	int ruleset, saved;

	memset(&attr, 0, sizeof(attr));
	attr.handled_access_fs = WRITING;
	if ((ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr,
	    sizeof(attr), 0)) < 0)
		return (-1);
	ok = allow(ruleset, store_folder);
	for (i = 0; i < COUNT(writable) && ok; i++)
		ok = allow(ruleset, writable[i]);
	if (ok)
		return (ruleset);
	saved = errno;
	(void)close(ruleset);
	errno = saved;
	return (-1);
}

void
helper_forbid_writing(const char *store_path)
{
	char folder[SEK_PATH_MAX];
	int ruleset = -1, rc = -1;

	errno = EINVAL;
	if (sek_file_folder(folder, sizeof(folder), store_path) == SEK_OK &&
	    (ruleset = make_ruleset(folder)) >= 0)
		rc = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
	if (rc != 0)
		helper_log(LOG_DEBUG, "writing is not limited (%s)",
		    strerror(errno));
	if (ruleset >= 0)
		(void)close(ruleset);
}

#else

void
helper_forbid_writing(const char *store_path)
{

	(void)store_path;
	helper_log(LOG_DEBUG, "writing is not limited (built without)");
}

#endif

/*
 * stack_differential.c - random service files, read and walked by the real
 * libpam and by ours: no answer differs
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Modules are pam_debug.so, which answers what its line tells it to. Files
 * are random text: controls of all kinds, jumps, includes, substacks,
 * continuations, lines no one can make sense of; files that are not there,
 * chains of substacks deeper than libpam goes. Asked: authenticate, setcred,
 * account, open_session and close_session.
 *
 *   SEK_STACKS=20000 SEK_SEED=1 tests/module/stack_differential
 */
#include "config.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include <dirent.h>
#include <inttypes.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include <check.h>

#include "sekisho/edge/pam_stack.h"

#define STACKS	4000		/* ten times as many with SEK_LONG=1 */
#define SECONDS	480		/* then it has failed, not passed */
#define FILES	20		/* that "svc" and "other" may include */
#define NEAR	6		/* a chain this deep as a rule */

/* libpam forgets what it had read of a service it then refuses. */
__attribute__((visibility("default"))) const char *
		__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{

	return ("leak:libpam.so\n");
}

static char dir[] = "/tmp/sekisho-stack-XXXXXX";
static uint64_t random_state;
static bool bound;		/* our folder is this process's /etc/pam.d */
static bool deep;		/* this time: each file goes on in the next */

static unsigned
any(unsigned below)
{

	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return ((unsigned)((random_state >> 33) % below));
}

static bool
once_in(unsigned n)
{

	return (any(n) == 0);
}

static const char *
pick(const char *const *of, unsigned n)
{

	return (of[any(n)]);
}

#define PICK(array) pick((array), sizeof(array) / sizeof((array)[0]))

/* ---- random text */

/* An answer: the frequent ones often, each of the others at times. */
static const char *
random_code(void)
{
	static const char *const often[] = {
		"success", "success", "ignore", "auth_err", "new_authtok_reqd"
	};

	if (!once_in(4))
		return (PICK(often));
	return (sek_stack_code_name((int)any(SEK_STACK_CODES)));
}

static void
random_action(FILE *f)
{
	static const char *const actions[] = {
		"ignore", "ok", "done", "bad", "die", "reset", "1", "1", "2",
		"3"
	};

	if (once_in(200))
		fprintf(f, "%u", 4294967286u + any(10));
	else
		fputs(PICK(actions), f);
}

static void
random_control(FILE *f)
{
	static const char *const words[] = {
		"required", "requisite", "sufficient", "optional", "Required",
		"[required]"
	};
	static const char *const broken[] = {
		"[success=]", "[bogus=ok]", "[success=0]", "[]", "whatever",
		"[default=ok success=9x]"
	};
	unsigned i, n;

	if (once_in(60)) {
		fputs(PICK(broken), f);
		return;
	}
	if (!once_in(2)) {
		fputs(PICK(words), f);
		return;
	}
	fputc('[', f);
	for (i = 0, n = any(4); i < n; i++) {
		fprintf(f, "%s%s=", once_in(8) ? "default" : random_code(),
		    once_in(8) ? " " : "");
		random_action(f);
		fputs(once_in(10) ? " \\\n\t" : " ", f);
	}
	if (!once_in(4)) {
		fputs("default=", f);
		random_action(f);
	}
	fputc(']', f);
}

static void
random_module(FILE *f, unsigned file)
{
	static const char *const odd[] = {
		"pam_sekisho_nosuch.so", "/nowhere/pam_debug.so",
		"[pam_debug.so]"
	};
	/* Refuses the whole. Within an include libpam 1.5 would go on with
	 * memory it never set. */
	static const char *const broken[] = { ".so", "", "?", "[]" };

	if (file == 0 && once_in(100))
		fputs(PICK(broken), f);
	else
		fputs(once_in(15) ? PICK(odd) : "pam_debug.so", f);
	fprintf(f, " auth=%s acct=%s cred=%s", random_code(), random_code(),
	    random_code());
	fprintf(f, " open_session=%s close_session=%s", random_code(),
	    random_code());
	if (once_in(10))
		fputs(" [with \\] bracket] \\\n more", f);
	if (once_in(10))
		fputs(" # auth=success", f);
}

/*
 * A file later in the row: no loops. Where an "@include" within an "include"
 * finds no file, Debian's libpam 1.5 goes by actions it never set: not here.
 */
static void
random_include(FILE *f, const char *type, unsigned file)
{
	unsigned how = any(4), to = file + 1 + (deep ? 0 : any(NEAR));
	bool missing = once_in(40) && (how != 0 || file == 0);
	/* Names without a path libpam 1.5 seeks in /etc/pam.d alone. */
	bool whole = !bound || once_in(2);
	char name[80];

	if (to > FILES)
		to = FILES;
	/* Where an "@include" leads too deep libpam goes by unset actions. */
	if (deep && how == 0)
		how = 2;
	snprintf(name, sizeof(name), "%s%s%s%u", whole ? dir : "",
	    whole ? "/" : "", missing ? "nosuch" : "f", to);
	switch (how) {
	case 0:
		fprintf(f, "%s@include %s", once_in(8) ? "-" : "", name);
		break;
	case 1:
		fprintf(f, "%s include %s", type, name);
		break;
	default:
		fprintf(f, "%s substack %s", type, name);
	}
}

static void
random_line(FILE *f, unsigned file)
{
	static const char *const types[] = {
		"auth", "auth", "auth", "auth", "account", "AUTH", "-auth",
		"-account", "session", "session", "password"
	};
	static const char *const noise[] = {
		"", "# a comment", "   \t", "  # indented \\"
	};
	static const char *const broken[] = {
		"bogus required pam_debug.so", "auth", "auth required",
		"- required pam_debug.so auth=success"
	};
	const char *type = PICK(types);

	if (once_in(8)) {
		fprintf(f, "%s\n", PICK(noise));
		return;
	}
	if (once_in(120))
		fputs(PICK(broken), f);
	else if (file < FILES && once_in(deep ? 40 : 4))
		random_include(f, type, file);
	else {
		fprintf(f, "%s%s", type, once_in(20) ? " \\\n# or so\n" : "\t");
		random_control(f);
		fputc(' ', f);
		random_module(f, file);
	}
	if (once_in(300))	/* longer than libpam's buffer */
		fprintf(f, " %0900d %0*d", 0, 50 + (int)any(200), 0);
	fputc('\n', f);
}

static void
random_file(unsigned file, const char *name)
{
	char path[256];
	unsigned i, n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	if (deep && file < FILES)
		random_include(f, "auth", file), fputc('\n', f);
	n = file == 0 ? 2 + any(8) : deep ? any(3) : any(6);
	for (i = 0; i < n; i++)
		random_line(f, file);
	/* Refuses the whole; in an "@include" the same trouble as above. */
	if (once_in(100) && name[0] != 'f')
		fputs("auth required \\\n", f);
	ck_assert_int_eq(fclose(f), 0);
}

static void
remove_file(const char *name)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)unlink(path);
}

static void
random_files(void)
{
	char name[16];
	unsigned i;

	deep = once_in(40);
	random_file(0, "svc");
	for (i = 1; i <= FILES; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		random_file(i, name);
	}
	random_file(FILES - 1, "other");
	deep = false;
	if (once_in(40))
		remove_file("svc");
	if (once_in(40))
		remove_file("other");
}

/* ---- the two sides */

struct answers {
	int	start;		/* PAM_ABORT: the whole is refused */
	int	auth;
	int	cred;
	int	acct;
	int	open;
	int	close;
};

static int
say_nothing(int n, const struct pam_message **msg, struct pam_response **resp,
    void *arg)
{

	(void)msg;
	(void)arg;
	*resp = calloc((size_t)n, sizeof(**resp));
	return (*resp == NULL ? PAM_BUF_ERR : PAM_SUCCESS);
}

static void
ask_libpam(struct answers *a)
{
	static const struct pam_conv conv = { say_nothing, NULL };
	pam_handle_t *pamh = NULL;

	memset(a, 0, sizeof(*a));
	a->start = bound ? pam_start("svc", "nobody", &conv, &pamh) :
	    pam_start_confdir("svc", "nobody", &conv, dir, &pamh);
	if (a->start != PAM_SUCCESS)
		return;
	a->auth = pam_authenticate(pamh, 0);
	if (a->auth != PAM_INCOMPLETE)
		a->cred = pam_setcred(pamh, PAM_ESTABLISH_CRED);
	/* What waits to be resumed answers nothing else. */
	if (a->auth != PAM_INCOMPLETE && a->cred != PAM_INCOMPLETE)
		a->acct = pam_acct_mgmt(pamh, 0);
	if (a->auth != PAM_INCOMPLETE && a->cred != PAM_INCOMPLETE &&
	    a->acct != PAM_INCOMPLETE &&
	    (a->open = pam_open_session(pamh, 0)) != PAM_INCOMPLETE)
		a->close = pam_close_session(pamh, 0);
	(void)pam_end(pamh, PAM_SUCCESS);
}

/* What the line's module will say in that call. */
static int
will_say(const struct sek_stack_line *l, const char *call)
{
	size_t i, len = strlen(call);
	int code;

	if (l->kind == SEK_STACK_MODULE && l->absent)
		return (PAM_MODULE_UNKNOWN);
	for (i = 0; i < l->argc; i++) {
		if (strncmp(l->argv[i], call, len) != 0)
			continue;
		for (code = 0; code < SEK_STACK_CODES; code++)
			if (strcmp(l->argv[i] + len,
			    sek_stack_code_name(code)) == 0)
				return (code);
		break;
	}
	return (PAM_SUCCESS);
}

static int
walk(const struct sek_pam_stack *s, enum sek_phase phase, const char *call,
    int *chain, bool frozen)
{
	static int says[SEK_STACK_LINES_MAX];
	const struct sek_stack_line *lines;
	size_t i, n;

	lines = sek_pam_stack_lines(s, phase, &n);
	for (i = 0; i < n; i++)
		says[i] = will_say(&lines[i], call);
	return (sek_stack_run(lines, n, says, chain, frozen));
}

/* False: too large to follow, and said so. */
static bool
ask_ours(struct answers *a)
{
	static int chain[SEK_STACK_LINES_MAX];
	struct sek_pam_stack_places where = { .dir = bound ? "/etc/pam.d" :
	    dir,
	    .modules = { SEK_SYSTEM_PAM_DIR, NULL } };
	const struct sek_pam_stack_note *notes;
	struct sek_pam_stack *s = NULL;
	struct sek_why why = { "" };
	enum sek_err err;
	size_t i, n;

	memset(a, 0, sizeof(*a));
	err = sek_pam_stack_load(&s, &where, "svc", &why);
	if (err == SEK_ERR_NOT_FOUND)
		a->start = PAM_ABORT;
	if (err == SEK_ERR_NOT_FOUND || err == SEK_ERR_RANGE)
		return (err == SEK_ERR_NOT_FOUND);
	ck_assert_msg(err == SEK_OK, "%s", why.text);
	notes = sek_pam_stack_notes(s, &n);
	for (i = 0; i < n; i++)
		if (notes[i].fault == SEK_STACK_UNREADABLE)
			a->start = PAM_ABORT;
	if (a->start == PAM_SUCCESS) {
		a->auth = walk(s, SEK_PHASE_AUTH, "auth=", chain, false);
		if (a->auth != PAM_INCOMPLETE)
			a->cred = walk(s, SEK_PHASE_AUTH, "cred=", chain,
			    true);
		if (a->auth != PAM_INCOMPLETE && a->cred != PAM_INCOMPLETE)
			a->acct = walk(s, SEK_PHASE_ACCOUNT, "acct=", NULL,
			    false);
		if (a->auth != PAM_INCOMPLETE && a->cred != PAM_INCOMPLETE &&
		    a->acct != PAM_INCOMPLETE &&
		    (a->open = walk(s, SEK_PHASE_SESSION, "open_session=",
		    chain, false)) != PAM_INCOMPLETE)
			a->close = walk(s, SEK_PHASE_SESSION,
			    "close_session=", chain, true);
	}
	sek_pam_stack_free(&s);
	return (true);
}

static void
print_files(void)
{
	const struct dirent *e;
	char command[300];
	DIR *d;

	if ((d = opendir(dir)) == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		printf("--- %s\n", e->d_name);
		(void)fflush(stdout);
		snprintf(command, sizeof(command), "cat '%s/%.40s'", dir,
		    e->d_name);
		if (system(command) != 0)
			break;
	}
	(void)closedir(d);
}

static void
remove_files(void)
{
	char name[16];
	unsigned i;

	for (i = 1; i <= FILES; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		remove_file(name);
	}
	remove_file("svc");
	remove_file("other");
	(void)rmdir(dir);
}

static uint64_t
from_environment(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return (s == NULL ? otherwise : strtoull(s, NULL, 10));
}

START_TEST(no_answer_differs)
{
	struct answers real, ours;
	uint64_t seed, i, n, success = 0, refused = 0, differ = 0,
	    large = 0;

	n = from_environment("SEK_STACKS", STACKS *
	    (from_environment("SEK_LONG", 0) == 1 ? 10 : 1));
	seed = from_environment("SEK_SEED", (uint64_t)time(NULL));
	random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	printf("seed %" PRIu64 "\n", seed);
	for (i = 0; i < n && differ == 0; i++) {
		random_files();
		ask_libpam(&real);
		if (!ask_ours(&ours)) {
			large++;
			continue;
		}
		success += real.start == PAM_SUCCESS &&
		    (real.auth == PAM_SUCCESS || real.acct == PAM_SUCCESS);
		refused += real.start != PAM_SUCCESS;
		differ += memcmp(&real, &ours, sizeof(real)) != 0;
	}
	printf("%" PRIu64 " stacks, %" PRIu64 " let in, %" PRIu64
	    " refused whole, %" PRIu64 " differ\n", i, success, refused,
	    differ);
	if (differ != 0)
		print_files();
	ck_assert_msg(differ == 0, "seed %" PRIu64 ", stack %" PRIu64
	    ": start, auth, setcred, acct, open, close: libpam %d %d %d %d %d"
	    " %d, ours %d %d %d %d %d %d", seed, i - 1, real.start, real.auth,
	    real.cred, real.acct, real.open, real.close, ours.start,
	    ours.auth, ours.cred, ours.acct, ours.open, ours.close);
	/* The dice fell on all sides. */
	ck_assert_msg(success * 20 > n && refused * 200 > n &&
	    large * 100 < n, "dull stacks");
}
END_TEST

/* Ours in the place of /etc/pam.d, for this process only. */
static bool
bind_folder(void)
{

	return (geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount(dir, "/etc/pam.d", NULL, MS_BIND, NULL) == 0);
}

int
main(void)
{
	Suite *s = suite_create("stack_differential");
	TCase *tc = tcase_create("stack_differential");
	SRunner *r;
	int failed;

	if (mkdtemp(dir) == NULL) {
		perror(dir);
		return (99);
	}
	if (access(SEK_SYSTEM_PAM_DIR "/pam_debug.so", R_OK) != 0) {
		printf("skip: no pam_debug.so\n");
		(void)rmdir(dir);
		return (77);
	}
	bound = bind_folder();
	printf("%s\n", bound ? "as /etc/pam.d" :
	    "in a folder: no includes by plain names");
	tcase_set_timeout(tc, SECONDS);
	tcase_add_test(tc, no_answer_differs);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	remove_files();
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

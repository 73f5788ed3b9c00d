/*
 * roster.c - a roster as a file: two lines of JSON, the second one signed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: the text that is signed is the text that is read: what cJSON would
 * not print byte for byte the same is refused, so that no other reader sees
 * other values in it.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/roster.h"
#include "sekisho/edge/settings.h"

#define FORMAT		1
#define FORMAT_KEYS	2		/* with data of security keys */
#define FORMAT_CARDS	3		/* and of cards */
#define TYPE		"sekisho-roster"
#define HEAD_MAX	512u		/* bytes of line 1 */
#define NUMBER_MAX	(INT64_C(1) << 53)
#define KEY_HEAD	"sekisho roster key 1\n"
#define KEY_FILE_MAX	256u
#define DER_LEN		(sizeof(der_head) + SEK_ROSTER_KEY_LEN)
#define BASE64_MAX	(4u * (SEK_FIDO2_CREDENTIAL_MAX + 2u) / 3u + 1u)
#define ID_BYTES	((SEK_ROSTER_ID_MAX - 1) / 2)

/* SubjectPublicKeyInfo of an Ed25519 key, before the key: RFC 8410. */
static const uint8_t der_head[12] = {
	0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00
};

_Static_assert(crypto_sign_PUBLICKEYBYTES == SEK_ROSTER_KEY_LEN, "Ed25519");
_Static_assert(crypto_hash_sha256_BYTES == SEK_ROSTER_SUM_LEN, "SHA-256");

/* ---- the key */

static void
der_of(uint8_t der[DER_LEN], const uint8_t pub[SEK_ROSTER_KEY_LEN])
{

	memcpy(der, der_head, sizeof(der_head));
	memcpy(der + sizeof(der_head), pub, SEK_ROSTER_KEY_LEN);
}

void
sek_roster_key_id(char id[SEK_ROSTER_ID_MAX],
    const uint8_t pub[SEK_ROSTER_KEY_LEN])
{
	uint8_t der[DER_LEN], sum[crypto_hash_sha256_BYTES];

	der_of(der, pub);
	crypto_hash_sha256(sum, der, sizeof(der));
	sek_text_hex(id, sum, ID_BYTES);
}

void
sek_roster_id_print(char *dst, size_t size, const char *id)
{
	size_t i, n = 0;

	for (i = 0; id[i] != '\0' && n + 2 < size; i++) {
		if (i > 0 && i % 4 == 0)
			dst[n++] = '-';
		dst[n++] = id[i];
	}
	dst[n] = '\0';
}

enum sek_err
sek_roster_id_parse(char id[SEK_ROSTER_ID_MAX], const char *text)
{
	uint8_t bytes[ID_BYTES];
	char hex[SEK_ROSTER_ID_MAX];
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (strchr("-: ", *text) != NULL)
			continue;
		if (n == sizeof(hex) - 1)
			return (SEK_ERR_SYNTAX);
		hex[n++] = *text;
	}
	hex[n] = '\0';
	if (sek_text_unhex(bytes, sizeof(bytes), hex) != SEK_OK)
		return (SEK_ERR_SYNTAX);
	sek_text_hex(id, bytes, sizeof(bytes));
	return (SEK_OK);
}

enum sek_err
sek_roster_key_path(char *dst, size_t size, const char *store_key)
{
	char folder[SEK_PATH_MAX];
	enum sek_err err;

	if ((err = sek_file_folder(folder, sizeof(folder), store_key)) !=
	    SEK_OK)
		return (err);
	return (sek_text_format(dst, size, "%s/roster.key", folder));
}

static enum sek_err
key_from_seed(struct sek_roster_key *out, const char *hex)
{
	struct sek_secret seed = SEK_SECRET_NONE;
	enum sek_err err;

	if ((err = sek_secret_new(&seed, crypto_sign_SEEDBYTES)) != SEK_OK ||
	    (err = sek_secret_new(&out->secret, crypto_sign_SECRETKEYBYTES)) !=
	    SEK_OK ||
	    (err = sek_text_unhex(seed.data, seed.len, hex)) != SEK_OK)
		goto out;
	if (crypto_sign_seed_keypair(out->pub, out->secret.data,
	    seed.data) != 0)
		err = SEK_ERR_CRYPTO;
	sek_roster_key_id(out->id, out->pub);
out:
	sek_secret_free(&seed);
	if (err != SEK_OK)
		sek_secret_free(&out->secret);
	return (err);
}

/* Head, 64 hex digits, the terminal's id: a line each. */
static enum sek_err
key_parse(struct sek_roster_key *out, struct sek_secret *file,
    const char *terminal, const char *path, struct sek_why *why)
{
	char *hex = (char *)file->data + sizeof(KEY_HEAD) - 1, *id;
	size_t n = 2 * crypto_sign_SEEDBYTES;

	if (file->len < sizeof(KEY_HEAD) + n + 2 ||
	    memcmp(file->data, KEY_HEAD, sizeof(KEY_HEAD) - 1) != 0 ||
	    hex[n] != '\n' || file->data[file->len - 1] != '\n')
		return (SEK_ERR_SYNTAX);
	file->data[file->len - 1] = 0;
	hex[n] = '\0';
	id = hex + n + 1;
	if (strcmp(id, terminal) != 0)
		return (sek_why(why, SEK_ERR_REFUSED, "%s: made for terminal "
		    "%.63s, this one is %s: a copied key would sign for both. "
		    "Move the file away; the next export makes a new key, "
		    "which the other terminals must be told", path, id,
		    terminal));
	return (key_from_seed(out, hex));
}

enum sek_err
sek_roster_key_load(struct sek_roster_key *out, const char *path,
    const char *terminal, struct sek_why *why)
{
	struct sek_secret file = SEK_SECRET_NONE;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = sek_secret_init()) != SEK_OK ||
	    (err = sek_file_read_secret(&file, path, why)) != SEK_OK)
		return (err);
	err = key_parse(out, &file, terminal, path, why);
	sek_secret_free(&file);
	if (err == SEK_ERR_SYNTAX)
		(void)sek_why(why, err, "%s: not a roster key; put the right "
		    "file back, or move it away: the next export makes a new "
		    "key, which the other terminals must be told", path);
	return (err);
}

enum sek_err
sek_roster_key_make(const char *path, const char *terminal,
    struct sek_why *why)
{
	struct sek_secret seed = SEK_SECRET_NONE, text = SEK_SECRET_NONE;
	char *p;
	size_t len;
	enum sek_err err;

	if ((err = sek_secret_init()) != SEK_OK ||
	    (err = sek_secret_new(&seed, crypto_sign_SEEDBYTES)) != SEK_OK ||
	    (err = sek_secret_new(&text, KEY_FILE_MAX)) != SEK_OK) {
		(void)sek_why(why, err, "%s: no memory for the key", path);
		goto out;
	}
	randombytes_buf(seed.data, seed.len);
	p = (char *)text.data;
	memcpy(p, KEY_HEAD, sizeof(KEY_HEAD) - 1);
	p += sizeof(KEY_HEAD) - 1;
	sek_text_hex(p, seed.data, seed.len);
	p += 2 * seed.len;
	(void)sek_text_format(p, KEY_FILE_MAX - (size_t)(p -
	    (char *)text.data), "\n%s\n", terminal);
	len = strlen((char *)text.data);
	err = sek_file_create(path, text.data, len, 0600, why);
out:
	sek_secret_free(&seed);
	sek_secret_free(&text);
	return (err);
}

/* ---- writing */

static bool
add_text(cJSON *o, const char *name, const char *text)
{

	if (text == NULL || text[0] == '\0')
		return (cJSON_AddNullToObject(o, name) != NULL);
	return (cJSON_AddStringToObject(o, name, text) != NULL);
}

static bool
add_time(cJSON *o, const char *name, int64_t wall)
{
	char text[64];

	if (wall == 0)
		return (cJSON_AddNullToObject(o, name) != NULL);
	sek_clock_print(text, sizeof(text), wall, "UTC");
	return (cJSON_AddStringToObject(o, name, text) != NULL);
}

/* A new row at the end of a list. */
static cJSON *
add_row(cJSON *list)
{
	cJSON *o = cJSON_CreateObject();

	if (o != NULL && !cJSON_AddItemToArray(list, o)) {
		cJSON_Delete(o);
		o = NULL;
	}
	return (o);
}

static bool
put_person(cJSON *list, const void *row)
{
	const struct sek_person *p = row;
	cJSON *o = add_row(list);

	return (o != NULL && add_text(o, "id", p->id) &&
	    add_text(o, "name", p->name) &&
	    add_text(o, "section", p->section) &&
	    add_time(o, "from", p->from) && add_time(o, "to", p->to) &&
	    cJSON_AddBoolToObject(o, "contractor", p->contractor != 0) !=
	    NULL && add_text(o, "state",
	    sek_account_state_name((enum sek_account_state)p->state)));
}

static bool
put_account(cJSON *list, const void *row)
{
	const struct sek_roster_account *a = row;
	cJSON *o = add_row(list);

	return (o != NULL && add_text(o, "name", a->name) &&
	    add_text(o, "person", a->person) &&
	    cJSON_AddBoolToObject(o, "shared", a->shared != 0) != NULL &&
	    add_text(o, "state", sek_account_state_name(
	    (enum sek_account_state)a->state)) &&
	    add_time(o, "until", a->suspended_until) &&
	    add_text(o, "reason", a->reason) &&
	    (a->uid == SEK_UID_NONE ? cJSON_AddNullToObject(o, "uid") :
	    cJSON_AddNumberToObject(o, "uid", a->uid)) != NULL);
}

static bool
put_member(cJSON *list, const void *row)
{
	const struct sek_roster_member *m = row;
	cJSON *o = add_row(list);

	return (o != NULL && add_text(o, "account", m->account) &&
	    add_text(o, "person", m->person));
}

static bool
add_base64(cJSON *o, const char *name, const uint8_t *p, size_t len)
{
	char text[BASE64_MAX];

	sodium_bin2base64(text, sizeof(text), p, len,
	    sodium_base64_VARIANT_ORIGINAL);
	return (add_text(o, name, text));
}

static bool
add_key(cJSON *to, const struct sek_fido2 *f)
{
	const struct sek_fido2_brief *b = &f->brief;
	cJSON *o = cJSON_AddObjectToObject(to, "data");
	char aaguid[SEK_FIDO2_AAGUID_TEXT];

	sek_fido2_aaguid_text(aaguid, b->aaguid);
	return (o != NULL && add_text(o, "rp_id", f->rp_id) &&
	    add_base64(o, "credential", f->credential, f->credential_len) &&
	    add_text(o, "algorithm", sek_fido2_algorithm_name(
	    (enum sek_fido2_algorithm)b->algorithm)) &&
	    add_base64(o, "public_key", f->public_key, f->public_len) &&
	    add_text(o, "aaguid", aaguid) && add_text(o, "model", b->model) &&
	    cJSON_AddNumberToObject(o, "counter", b->counter) != NULL &&
	    cJSON_AddBoolToObject(o, "resident", b->resident != 0) != NULL &&
	    add_text(o, "uv",
	    sek_fido2_uv_name((enum sek_fido2_uv)b->uv)) &&
	    add_text(o, "verifies", sek_fido2_verifies_name(
	    (enum sek_fido2_verifies)b->verifies)) &&
	    add_text(o, "attestation", sek_fido2_attestation_name(
	    (enum sek_fido2_attestation)b->attestation)));
}

/* "9a"; null of a card that has one key. */
static bool
add_reference(cJSON *o, uint8_t key)
{
	char hex[3];

	if (key == 0)
		return (cJSON_AddNullToObject(o, "key") != NULL);
	sek_text_hex(hex, &key, 1);
	return (add_text(o, "key", hex));
}

static bool
add_card(cJSON *to, const struct sek_card *c)
{
	const struct sek_card_brief *b = &c->brief;
	cJSON *o = cJSON_AddObjectToObject(to, "data");

	return (o != NULL && add_text(o, "driver", sek_card_driver_name(
	    (enum sek_card_driver)b->driver)) &&
	    add_text(o, "algorithm", sek_card_algorithm_name(
	    (enum sek_card_algorithm)b->algorithm)) &&
	    add_reference(o, b->key) &&
	    cJSON_AddBoolToObject(o, "pin", b->pin != 0) != NULL &&
	    add_base64(o, "public_key", c->public_key, c->public_len) &&
	    (c->issuer_len > 0 ?
	    add_base64(o, "issuer", c->issuer, c->issuer_len) :
	    cJSON_AddNullToObject(o, "issuer") != NULL) &&
	    cJSON_AddNumberToObject(o, "not_before",
	    (double)b->not_before) != NULL &&
	    cJSON_AddNumberToObject(o, "not_after",
	    (double)b->not_after) != NULL &&
	    cJSON_AddBoolToObject(o, "trusted", b->trusted != 0) != NULL);
}

static bool
put_authenticator(cJSON *list, const struct sek_roster *r,
    const struct sek_roster_authenticator *a)
{
	cJSON *o = add_row(list);

	return (o != NULL && add_text(o, "id", a->id) &&
	    add_text(o, "person", a->person) &&
	    add_text(o, "method",
	    sek_method_name((enum sek_method)a->method)) &&
	    add_text(o, "label", a->label) &&
	    add_text(o, "state", sek_authenticator_state_name(
	    (enum sek_authenticator_state)a->state)) &&
	    (a->fido2 != 0 ? add_key(o, &r->fido2[a->fido2 - 1]) :
	    a->card != 0 ? add_card(o, &r->card[a->card - 1]) :
	    cJSON_AddNullToObject(o, "data") != NULL));
}

static bool
put_authenticators(cJSON *body, const struct sek_roster *r)
{
	cJSON *list = cJSON_AddArrayToObject(body, "authenticators");
	size_t i;

	for (i = 0; list != NULL && i < r->nauthenticators; i++)
		if (!put_authenticator(list, r, &r->authenticator[i]))
			return (false);
	return (list != NULL);
}

/* The oldest that can say it. */
static int
format_of(const struct sek_roster *r)
{

	return (r->ncards > 0 ? FORMAT_CARDS :
	    r->nfido2 > 0 ? FORMAT_KEYS : FORMAT);
}

static bool
put_list(cJSON *body, const char *name, const void *rows, size_t n,
    size_t size, bool (*put)(cJSON *, const void *))
{
	cJSON *list = cJSON_AddArrayToObject(body, name);
	size_t i;

	for (i = 0; list != NULL && i < n; i++)
		if (!put(list, (const char *)rows + i * size))
			return (false);
	return (list != NULL);
}

static char *
print_body(const struct sek_roster *r)
{
	cJSON *o = cJSON_CreateObject();
	char *text = NULL;

	if (o != NULL && add_text(o, "type", TYPE) &&
	    cJSON_AddNumberToObject(o, "version", format_of(r)) != NULL &&
	    add_text(o, "terminal", r->terminal) &&
	    cJSON_AddNumberToObject(o, "serial", (double)r->serial) != NULL &&
	    add_time(o, "time", r->time) &&
	    put_list(o, "persons", r->person, r->npersons,
	    sizeof(*r->person), put_person) &&
	    put_list(o, "accounts", r->account, r->naccounts,
	    sizeof(*r->account), put_account) &&
	    put_list(o, "members", r->member, r->nmembers,
	    sizeof(*r->member), put_member) &&
	    put_authenticators(o, r))
		text = cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	return (text);
}

static char *
print_head(const struct sek_roster_key *key, int format, const char *body,
    size_t len)
{
	uint8_t der[DER_LEN], signature[crypto_sign_BYTES];
	cJSON *o = cJSON_CreateObject();
	char *text = NULL;

	der_of(der, key->pub);
	if (o != NULL && crypto_sign_detached(signature, NULL,
	    (const uint8_t *)body, len, key->secret.data) == 0 &&
	    cJSON_AddNumberToObject(o, TYPE, format) != NULL &&
	    add_base64(o, "key", der, sizeof(der)) &&
	    add_base64(o, "signature", signature, sizeof(signature)))
		text = cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	return (text);
}

enum sek_err
sek_roster_write(char **out, size_t *len, struct sek_roster *r,
    const struct sek_roster_key *key)
{
	char *body = print_body(r), *head = NULL, *text = NULL;
	size_t lb, lh;
	enum sek_err err = SEK_ERR_NOMEM;

	if (body == NULL)
		goto out;
	lb = strlen(body);
	if ((head = print_head(key, format_of(r), body, lb)) == NULL)
		goto out;
	lh = strlen(head);
	if (lb + lh + 2 > SEK_ROSTER_SIZE_MAX) {
		err = SEK_ERR_RANGE;
		goto out;
	}
	if ((text = malloc(lh + lb + 3)) == NULL)
		goto out;
	memcpy(text, head, lh);
	text[lh] = '\n';
	memcpy(text + lh + 1, body, lb);
	text[lh + 1 + lb] = '\n';
	text[lh + lb + 2] = '\0';
	crypto_hash_sha256(r->sum, (const uint8_t *)body, lb);
	memcpy(r->key, key->pub, sizeof(r->key));
	memcpy(r->id, key->id, sizeof(r->id));
	*out = text;
	*len = lh + lb + 2;
	err = SEK_OK;
out:
	cJSON_free(body);
	cJSON_free(head);
	return (err);
}

/* ---- reading */

/* An object of exactly n members, each asked for by name below: then none is
 * there twice and none is unknown. */
static bool
is_object(const cJSON *o, int n)
{

	return (cJSON_IsObject(o) && cJSON_GetArraySize(o) == n);
}

static const cJSON *
get(const cJSON *o, const char *name)
{

	return (cJSON_GetObjectItemCaseSensitive(o, name));
}

/* Text that fits, or (may_be_null) null, which is "". */
static bool
get_text(char *dst, size_t size, const cJSON *o, const char *name,
    bool may_be_null)
{
	const cJSON *v = get(o, name);

	dst[0] = '\0';
	if (cJSON_IsNull(v))
		return (may_be_null);
	return (cJSON_IsString(v) &&
	    sek_text_is_clean(v->valuestring, size - 1) &&
	    sek_text_copy(dst, size, v->valuestring) == SEK_OK);
}

static bool
get_time(int64_t *dst, const cJSON *o, const char *name, bool may_be_null)
{
	const cJSON *v = get(o, name);

	*dst = 0;
	if (cJSON_IsNull(v))
		return (may_be_null);
	return (cJSON_IsString(v) &&
	    sek_clock_parse(dst, v->valuestring) == SEK_OK && *dst > 0);
}

static bool
get_number(int64_t *dst, const cJSON *o, const char *name, int64_t min,
    int64_t max)
{
	const cJSON *v = get(o, name);

	if (!cJSON_IsNumber(v) || !(v->valuedouble >= (double)min) ||
	    !(v->valuedouble <= (double)max))
		return (false);
	*dst = (int64_t)v->valuedouble;
	return ((double)*dst == v->valuedouble);
}

static bool
get_bool(uint8_t *dst, const cJSON *o, const char *name)
{
	const cJSON *v = get(o, name);

	*dst = cJSON_IsTrue(v) ? 1 : 0;
	return (cJSON_IsBool(v));
}

/* A word of a table of n. */
static bool
get_word(uint8_t *dst, const cJSON *o, const char *name, unsigned n,
    const char *(*word)(unsigned))
{
	const cJSON *v = get(o, name);
	unsigned i;

	if (!cJSON_IsString(v))
		return (false);
	for (i = 0; i < n; i++)
		if (word(i) != NULL && strcmp(word(i), v->valuestring) == 0) {
			*dst = (uint8_t)i;
			return (true);
		}
	return (false);
}

static const char *
account_state(unsigned i)
{

	return (sek_account_state_name((enum sek_account_state)i));
}

static const char *
authenticator_state(unsigned i)
{

	return (sek_authenticator_state_name(
	    (enum sek_authenticator_state)i));
}

static const char *
method(unsigned i)
{

	return (sek_method_name((enum sek_method)i));
}

static bool
read_person(struct sek_roster *r, const cJSON *o)
{
	struct sek_person *p = &r->person[r->npersons];

	return (is_object(o, 7) &&
	    get_text(p->id, sizeof(p->id), o, "id", false) &&
	    get_text(p->name, sizeof(p->name), o, "name", true) &&
	    get_text(p->section, sizeof(p->section), o, "section", true) &&
	    get_time(&p->from, o, "from", true) &&
	    get_time(&p->to, o, "to", true) &&
	    get_bool(&p->contractor, o, "contractor") &&
	    get_word(&p->state, o, "state", SEK_ACCOUNT_STATES,
	    account_state) &&
	    (r->npersons == 0 || strcmp(p[-1].id, p->id) < 0));
}

static bool
read_account(struct sek_roster *r, const cJSON *o)
{
	struct sek_roster_account *a = &r->account[r->naccounts];
	int64_t uid = SEK_UID_NONE;

	if (!is_object(o, 7) ||
	    !get_text(a->name, sizeof(a->name), o, "name", false) ||
	    !get_text(a->person, sizeof(a->person), o, "person", true) ||
	    !get_bool(&a->shared, o, "shared") ||
	    !get_word(&a->state, o, "state", SEK_ACCOUNT_STATES,
	    account_state) ||
	    !get_time(&a->suspended_until, o, "until", true) ||
	    !get_text(a->reason, sizeof(a->reason), o, "reason", true) ||
	    (!cJSON_IsNull(get(o, "uid")) &&
	    !get_number(&uid, o, "uid", 0, SEK_UID_NONE - 1)))
		return (false);
	a->uid = (uint32_t)uid;
	return ((a->state == SEK_ACCOUNT_SUSPENDED ||
	    (a->suspended_until == 0 && a->reason[0] == '\0')) &&
	    (a->person[0] == '\0' || (!a->shared &&
	    sek_roster_person(r, a->person) != NULL)) &&
	    (r->naccounts == 0 || strcmp(a[-1].name, a->name) < 0));
}

static bool
read_member(struct sek_roster *r, const cJSON *o)
{
	struct sek_roster_member *m = &r->member[r->nmembers];
	const struct sek_roster_account *a;
	int c = -1;

	if (!is_object(o, 2) ||
	    !get_text(m->account, sizeof(m->account), o, "account", false) ||
	    !get_text(m->person, sizeof(m->person), o, "person", false))
		return (false);
	if (r->nmembers > 0 &&
	    (c = strcmp(m[-1].account, m->account)) == 0)
		c = strcmp(m[-1].person, m->person);
	a = sek_roster_account(r, m->account);
	return (c < 0 && a != NULL && a->shared &&
	    sek_roster_person(r, m->person) != NULL);
}

/* An id is hex, as the store makes it. */
static bool
is_id(const char *id)
{

	return (id[0] != '\0' && strspn(id, "0123456789abcdef") ==
	    strlen(id));
}

static const char *
algorithm(unsigned i)
{

	return (sek_fido2_algorithm_name((enum sek_fido2_algorithm)i));
}

static const char *
uv(unsigned i)
{

	return (sek_fido2_uv_name((enum sek_fido2_uv)i));
}

static const char *
verifies(unsigned i)
{

	return (sek_fido2_verifies_name((enum sek_fido2_verifies)i));
}

static const char *
attestation(unsigned i)
{

	return (sek_fido2_attestation_name((enum sek_fido2_attestation)i));
}

/* At most size bytes; null is none. */
static bool
get_bytes(uint8_t *out, size_t size, uint32_t *len, const cJSON *o,
    const char *name)
{
	const cJSON *v = get(o, name);
	size_t n = 0;

	*len = 0;
	if (cJSON_IsNull(v))
		return (true);
	if (!cJSON_IsString(v) || sodium_base642bin(out, size, v->valuestring,
	    strlen(v->valuestring), NULL, &n, NULL,
	    sodium_base64_VARIANT_ORIGINAL) != 0)
		return (false);
	*len = (uint32_t)n;
	return (n > 0);
}

static bool
read_key(struct sek_fido2 *f, const cJSON *o)
{
	struct sek_fido2_brief *b = &f->brief;
	char aaguid[SEK_FIDO2_AAGUID_TEXT];
	int64_t counter = 0;

	if (!is_object(o, 11) ||
	    !get_text(f->rp_id, sizeof(f->rp_id), o, "rp_id", false) ||
	    !get_bytes(f->credential, SEK_FIDO2_CREDENTIAL_MAX,
	    &f->credential_len, o, "credential") ||
	    !get_word(&b->algorithm, o, "algorithm", SEK_FIDO2_ALGORITHMS,
	    algorithm) ||
	    !get_bytes(f->public_key, sizeof(f->public_key), &f->public_len,
	    o, "public_key") ||
	    !get_text(aaguid, sizeof(aaguid), o, "aaguid", false) ||
	    sek_fido2_aaguid_parse(b->aaguid, aaguid) != SEK_OK ||
	    !get_text(b->model, sizeof(b->model), o, "model", true) ||
	    !get_number(&counter, o, "counter", 0, UINT32_MAX) ||
	    !get_bool(&b->resident, o, "resident") ||
	    !get_word(&b->uv, o, "uv", SEK_FIDO2_UVS, uv) ||
	    !get_word(&b->verifies, o, "verifies", SEK_FIDO2_VERIFIES_COUNT,
	    verifies) ||
	    !get_word(&b->attestation, o, "attestation",
	    SEK_FIDO2_ATTESTATIONS, attestation))
		return (false);
	b->counter = (uint32_t)counter;
	return (sek_fido2_check(f) == SEK_OK);
}

static const char *
driver(unsigned i)
{

	return (sek_card_driver_name((enum sek_card_driver)i));
}

static const char *
card_algorithm(unsigned i)
{

	return (sek_card_algorithm_name((enum sek_card_algorithm)i));
}

static bool
get_reference(uint8_t *key, const cJSON *o)
{
	char hex[3];

	*key = 0;
	return (get_text(hex, sizeof(hex), o, "key", true) &&
	    (hex[0] == '\0' || sek_text_unhex(key, 1, hex) == SEK_OK));
}

/* As enrolled, but for its identity, which does not travel. */
static bool
read_card(struct sek_card *c, enum sek_method m, const cJSON *o)
{
	struct sek_card_brief *b = &c->brief;

	return (is_object(o, 9) &&
	    get_word(&b->driver, o, "driver", SEK_CARD_DRIVERS, driver) &&
	    get_word(&b->algorithm, o, "algorithm", SEK_CARD_ALGORITHMS,
	    card_algorithm) && get_reference(&b->key, o) &&
	    get_bool(&b->pin, o, "pin") &&
	    get_bytes(c->public_key, sizeof(c->public_key), &c->public_len, o,
	    "public_key") &&
	    get_bytes(c->issuer, sizeof(c->issuer), &c->issuer_len, o,
	    "issuer") &&
	    get_number(&b->not_before, o, "not_before", -NUMBER_MAX,
	    NUMBER_MAX) &&
	    get_number(&b->not_after, o, "not_after", -NUMBER_MAX,
	    NUMBER_MAX) && get_bool(&b->trusted, o, "trusted") &&
	    sek_card_fits(c, m));
}

/* Data is of an active security key or card alone: of all else null, or it is
 * refused. */
static bool
read_data(struct sek_roster *r, struct sek_roster_authenticator *a,
    const cJSON *data)
{
	enum sek_method m = (enum sek_method)a->method;

	if (cJSON_IsNull(data))
		return (true);
	if (!sek_method_is_public(m) || a->state != SEK_AUTHENTICATOR_ACTIVE)
		return (false);
	if (sek_card_is_method(m)) {
		if (sek_roster_grow((void **)&r->card, r->ncards,
		    sizeof(*r->card)) != SEK_OK ||
		    !read_card(&r->card[r->ncards], m, data))
			return (false);
		a->card = (uint32_t)++r->ncards;
		return (true);
	}
	if (m != SEK_METHOD_FIDO2 || sek_roster_grow((void **)&r->fido2,
	    r->nfido2, sizeof(*r->fido2)) != SEK_OK ||
	    !read_key(&r->fido2[r->nfido2], data))
		return (false);
	a->fido2 = (uint32_t)++r->nfido2;
	return (true);
}

static bool
read_authenticator(struct sek_roster *r, const cJSON *o)
{
	struct sek_roster_authenticator *a =
	    &r->authenticator[r->nauthenticators];

	return (is_object(o, 6) &&
	    get_text(a->id, sizeof(a->id), o, "id", false) && is_id(a->id) &&
	    get_text(a->person, sizeof(a->person), o, "person", false) &&
	    get_word(&a->method, o, "method", SEK_METHOD_COUNT, method) &&
	    get_text(a->label, sizeof(a->label), o, "label", true) &&
	    get_word(&a->state, o, "state", SEK_AUTHENTICATOR_STATES,
	    authenticator_state) && read_data(r, a, get(o, "data")) &&
	    sek_roster_person(r, a->person) != NULL &&
	    (r->nauthenticators == 0 || strcmp(a[-1].id, a->id) < 0));
}

struct list {
	const char	*name;
	bool		(*read)(struct sek_roster *, const cJSON *);
	size_t		 size;
};

static enum sek_err
read_list(struct sek_roster *r, const cJSON *body, const struct list *l,
    void **rows, size_t *n, struct sek_why *why)
{
	const cJSON *list = get(body, l->name), *o;
	enum sek_err err;

	if (!cJSON_IsArray(list))
		return (sek_why(why, SEK_ERR_SYNTAX, "the list %s is not "
		    "there", l->name));
	cJSON_ArrayForEach(o, list) {
		if ((err = sek_roster_grow(rows, *n, l->size)) != SEK_OK)
			return (sek_why(why, err, err == SEK_ERR_RANGE ?
			    "%s: more than %u" : "no memory", l->name,
			    SEK_ROSTER_ROWS_MAX));
		if (!l->read(r, o))
			return (sek_why(why, SEK_ERR_SYNTAX, "%s: row %zu is "
			    "not of the form, out of order, or names what is "
			    "not there", l->name, *n + 1));
		(*n)++;
	}
	return (SEK_OK);
}

static enum sek_err
read_lists(struct sek_roster *r, const cJSON *body, struct sek_why *why)
{
	static const struct list persons = { "persons", read_person,
	    sizeof(struct sek_person) };
	static const struct list accounts = { "accounts", read_account,
	    sizeof(struct sek_roster_account) };
	static const struct list members = { "members", read_member,
	    sizeof(struct sek_roster_member) };
	static const struct list authenticators = { "authenticators",
	    read_authenticator, sizeof(struct sek_roster_authenticator) };
	enum sek_err err;

	if ((err = read_list(r, body, &persons, (void **)&r->person,
	    &r->npersons, why)) == SEK_OK &&
	    (err = read_list(r, body, &accounts, (void **)&r->account,
	    &r->naccounts, why)) == SEK_OK &&
	    (err = read_list(r, body, &members, (void **)&r->member,
	    &r->nmembers, why)) == SEK_OK)
		err = read_list(r, body, &authenticators,
		    (void **)&r->authenticator, &r->nauthenticators, why);
	return (err);
}

/* Is text what cJSON makes of it, byte for byte? */
static bool
is_canonical(const cJSON *o, const char *text)
{
	char *again = cJSON_PrintUnformatted(o);
	bool same = again != NULL && strcmp(again, text) == 0;

	cJSON_free(again);
	return (same);
}

static enum sek_err
newer(int64_t version, struct sek_why *why)
{

	return (sek_why(why, SEK_ERR_UNSUPPORTED, "a roster of format %lld, "
	    "this version knows %d: bring this terminal up to date first",
	    (long long)version, FORMAT_CARDS));
}

enum sek_err
sek_roster_read(struct sek_roster *r, const char *body, struct sek_why *why)
{
	cJSON *o = cJSON_Parse(body);
	char type[32];
	int64_t version = 0, serial = 0;
	enum sek_err err;

	if (o == NULL || !cJSON_IsObject(o) || !is_canonical(o, body))
		err = sek_why(why, SEK_ERR_SYNTAX, "line 2 is not JSON as "
		    "a roster is written");
	else if (!get_text(type, sizeof(type), o, "type", false) ||
	    strcmp(type, TYPE) != 0 ||
	    !get_number(&version, o, "version", 1, INT32_MAX))
		err = sek_why(why, SEK_ERR_SYNTAX, "line 2 is no roster");
	else if (version > FORMAT_CARDS)
		err = newer(version, why);
	else if (!is_object(o, 9) ||
	    !get_text(r->terminal, sizeof(r->terminal), o, "terminal",
	    false) || !get_number(&serial, o, "serial", 1, NUMBER_MAX) ||
	    !get_time(&r->time, o, "time", false))
		err = sek_why(why, SEK_ERR_SYNTAX, "line 2: terminal, serial "
		    "or time is not of the form");
	else if ((err = read_lists(r, o, why)) == SEK_OK &&
	    (version != format_of(r) ||
	    (r->format != 0 && version != r->format)))
		err = sek_why(why, SEK_ERR_SYNTAX, "it is not of the format "
		    "that it names");
	r->serial = (uint64_t)serial;
	cJSON_Delete(o);
	return (err);
}

static bool
get_base64(uint8_t *out, size_t len, const cJSON *o, const char *name)
{
	const cJSON *v = get(o, name);
	size_t n = 0;

	return (cJSON_IsString(v) && sodium_base642bin(out, len,
	    v->valuestring, strlen(v->valuestring), NULL, &n, NULL,
	    sodium_base64_VARIANT_ORIGINAL) == 0 && n == len);
}

static enum sek_err
read_head(struct sek_roster *r, uint8_t signature[crypto_sign_BYTES],
    const char *line, struct sek_why *why)
{
	cJSON *o = cJSON_Parse(line);
	uint8_t der[DER_LEN];
	int64_t version = 0;
	enum sek_err err = SEK_OK;

	if (!cJSON_IsObject(o) ||
	    !get_number(&version, o, TYPE, 1, INT32_MAX))
		err = sek_why(why, SEK_ERR_SYNTAX, "this is no roster");
	else if (version > FORMAT_CARDS)
		err = newer(version, why);
	else if (!is_object(o, 3) || !is_canonical(o, line) ||
	    !get_base64(der, sizeof(der), o, "key") ||
	    memcmp(der, der_head, sizeof(der_head)) != 0 ||
	    !get_base64(signature, crypto_sign_BYTES, o, "signature"))
		err = sek_why(why, SEK_ERR_SYNTAX, "line 1 is not of the "
		    "form of a roster");
	else
		memcpy(r->key, der + sizeof(der_head), sizeof(r->key));
	r->format = version;
	cJSON_Delete(o);
	return (err);
}

enum sek_err
sek_roster_open(struct sek_roster *r, const char **body, char *text,
    size_t len, struct sek_why *why)
{
	uint8_t signature[crypto_sign_BYTES];
	char *line2;
	size_t n;
	enum sek_err err;

	if ((err = sek_secret_init()) != SEK_OK)
		return (sek_why(why, err, "libsodium does not start"));
	if (len > SEK_ROSTER_SIZE_MAX)
		return (sek_why(why, SEK_ERR_RANGE, "larger than %u bytes",
		    SEK_ROSTER_SIZE_MAX));
	line2 = memchr(text, '\n', len < HEAD_MAX ? len : HEAD_MAX);
	if (line2 == NULL)
		return (sek_why(why, SEK_ERR_SYNTAX, "this is no roster"));
	*line2++ = '\0';
	if ((err = read_head(r, signature, text, why)) != SEK_OK)
		return (err);
	n = len - (size_t)(line2 - text);
	if (n < 2 || line2[n - 1] != '\n' ||
	    memchr(line2, '\n', n - 1) != NULL ||
	    memchr(line2, '\0', n) != NULL)
		return (sek_why(why, SEK_ERR_SYNTAX, "not two whole lines: "
		    "it was cut, or changed"));
	line2[--n] = '\0';
	if (crypto_sign_verify_detached(signature, (const uint8_t *)line2, n,
	    r->key) != 0)
		return (sek_why(why, SEK_ERR_CRYPTO, "the signature does not "
		    "hold: it was cut, or changed"));
	crypto_hash_sha256(r->sum, (const uint8_t *)line2, n);
	sek_roster_key_id(r->id, r->key);
	*body = line2;
	return (SEK_OK);
}

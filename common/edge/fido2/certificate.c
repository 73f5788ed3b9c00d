/*
 * certificate.c - the certificate by which a maker speaks of its keys
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <limits.h>
#include <string.h>

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "sekisho/model/fido2.h"

#include "../device/anchors.h"
#include "certificate.h"

#define OID_AAGUID	"1.3.6.1.4.1.45724.1.1.4"	/* id-fido-gen-ce-aaguid */
#define UNIT		"Authenticator Attestation"
#define DEPTH		4

/* ------------------------------------------------------ its own rules -- */

static int
field(X509 *cert, int nid, char *dst, int size)
{

	return (X509_NAME_get_text_by_NID(X509_get_subject_name(cert), nid,
	    dst, size));
}

/* Country, organisation, unit and common name. */
static bool
has_subject(X509 *cert)
{
	char text[128];

	return (field(cert, NID_countryName, text, sizeof(text)) == 2 &&
	    field(cert, NID_organizationName, text, sizeof(text)) > 0 &&
	    field(cert, NID_commonName, text, sizeof(text)) > 0 &&
	    field(cert, NID_organizationalUnitName, text, sizeof(text)) > 0 &&
	    strcmp(text, UNIT) == 0);
}

static bool
is_no_ca(X509 *cert)
{
	BASIC_CONSTRAINTS *b;
	int critical;
	bool is;

	if ((b = X509_get_ext_d2i(cert, NID_basic_constraints, &critical,
	    NULL)) == NULL)
		return (false);
	is = b->ca == 0;
	BASIC_CONSTRAINTS_free(b);
	return (is);
}

/* An OCTET STRING in the extension's own; not critical. */
static bool
is_same_aaguid(X509_EXTENSION *e, const uint8_t *aaguid)
{
	const ASN1_OCTET_STRING *outer = X509_EXTENSION_get_data(e);
	const unsigned char *p = ASN1_STRING_get0_data(outer);
	ASN1_OCTET_STRING *inner;
	bool same;

	if (X509_EXTENSION_get_critical(e) != 0 || (inner =
	    d2i_ASN1_OCTET_STRING(NULL, &p, ASN1_STRING_length(outer))) ==
	    NULL)
		return (false);
	same = ASN1_STRING_length(inner) == (int)SEK_FIDO2_AAGUID_LEN &&
	    memcmp(ASN1_STRING_get0_data(inner), aaguid,
	    SEK_FIDO2_AAGUID_LEN) == 0;
	ASN1_OCTET_STRING_free(inner);
	return (same);
}

/* Where there is none, one certificate is of many models. */
static bool
names_aaguid(X509 *cert, const uint8_t *aaguid)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(OID_AAGUID, 1);
	int at = oid != NULL ? X509_get_ext_by_OBJ(cert, oid, -1) : -2;
	bool ok = at == -1 ||
	    (at >= 0 && X509_get_ext_by_OBJ(cert, oid, at) == -1 &&
	    is_same_aaguid(X509_get_ext(cert, at), aaguid));

	ASN1_OBJECT_free(oid);
	return (ok);
}

static enum sek_err
check(X509 *cert, const uint8_t *aaguid, struct sek_why *why)
{
	const char *wrong = NULL;

	if (aaguid == NULL)
		return (SEK_OK);
	if (X509_get_version(cert) != X509_VERSION_3)
		wrong = "version";
	else if (!has_subject(cert))
		wrong = "subject";
	else if (!is_no_ca(cert))
		wrong = "basic constraints";
	else if (!names_aaguid(cert, aaguid))
		wrong = "AAGUID";
	if (wrong != NULL)
		return (sek_why(why, SEK_ERR_REFUSED, "the attestation "
		    "certificate of the security key is not as WebAuthn has it "
		    "(%s)", wrong));
	return (SEK_OK);
}

/* ----------------------------------------------------------- the roots -- */

/* A certificate of the folder is believed as it is, root or not. */
static bool
leads_there(X509_STORE *store, X509 *cert)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool ok = false;

	if (ctx != NULL && X509_STORE_CTX_init(ctx, store, cert, NULL) == 1) {
		X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_PARTIAL_CHAIN);
		X509_STORE_CTX_set_depth(ctx, DEPTH);
		ok = X509_verify_cert(ctx) == 1;
	}
	X509_STORE_CTX_free(ctx);
	return (ok);
}

static enum sek_err
trust(X509 *cert, const char *roots, bool *trusted, struct sek_why *why)
{
	X509_STORE *store;
	enum sek_err err;

	if (roots == NULL || roots[0] == '\0')
		return (SEK_OK);
	if ((store = X509_STORE_new()) == NULL)
		return (sek_why(why, SEK_ERR_NOMEM, "out of memory"));
	if ((err = device_anchors(store, roots, "fido2.roots",
	    why)) == SEK_OK)
		*trusted = leads_there(store, cert);
	X509_STORE_free(store);
	return (err);
}

enum sek_err
key_certificate_check(const uint8_t *der, size_t len, const uint8_t *aaguid,
    const char *roots, bool *trusted, struct sek_why *why)
{
	const unsigned char *p = der;
	X509 *cert = len <= LONG_MAX ? d2i_X509(NULL, &p, (long)len) : NULL;
	enum sek_err err;

	*trusted = false;
	if (cert == NULL || p != der + len)
		err = sek_why(why, SEK_ERR_REFUSED, "the attestation "
		    "certificate of the security key is none");
	else if ((err = check(cert, aaguid, why)) == SEK_OK)
		err = trust(cert, roots, trusted, why);
	X509_free(cert);
	return (err);
}

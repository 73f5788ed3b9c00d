/*
 * certificate.h - the certificate by which a maker speaks of its keys
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_EDGE_FIDO2_CERTIFICATE_H
#define SEKISHO_EDGE_FIDO2_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/err.h"

/*
 * Is it as WebAuthn L2 section 8.2.1 has it, for this AAGUID (NULL: one of the
 * format before that, 8.6)? SEK_ERR_REFUSED. *trusted: it leads to one of the
 * certificates in the folder roots ("": none); SEK_ERR_SETTINGS, _UNTRUSTED,
 * _NOT_FOUND, _IO where that cannot be read.
 */
enum sek_err	key_certificate_check(const uint8_t *der, size_t len,
		    const uint8_t *aaguid, const char *roots, bool *trusted,
		    struct sek_why *why);

#endif

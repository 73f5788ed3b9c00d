/*
 * anchors.h - the certificates in a folder, which are believed as they are
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_EDGE_DEVICE_ANCHORS_H
#define SEKISHO_EDGE_DEVICE_ANCHORS_H

#include <openssl/x509_vfy.h>

#include "sekisho/base/err.h"

/*
 * Put those of all files in folder, PEM (any number) or DER, into store; names
 * that begin with a dot are passed over. SEK_ERR_SETTINGS, _UNTRUSTED,
 * _NOT_FOUND, _RANGE, _IO; why names the file, and the setting it comes from.
 */
enum sek_err	device_anchors(X509_STORE *store, const char *folder,
		    const char *setting, struct sek_why *why);

#endif

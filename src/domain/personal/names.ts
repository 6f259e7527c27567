/** Names of people in running text: after a title, an introduction or a label, and by frequent first names. */

import {
  CLOSINGS,
  GREETINGS,
  HABITS,
  HERE,
  I_AM,
  INTRODUCTIONS,
  LABELS,
  MEETINGS,
  NAMED,
  NOBODY,
  OF_HOUSES,
  ROLES,
  SUFFIXES,
  TITLES,
  WEAK_LABELS
} from "./nameCues.ts"

/**
 * Capitalised, as names are written in Latin, Greek and Cyrillic letters; with particles inside: "van der Berg". What
 * repeats has a bound, or a chain such as "A-A-A-" would be read to its end from each of its places.
 */
const LETTERS = "[\\p{L}\\p{M}]{0,40}"
const WORD = `\\p{Lu}${LETTERS}(?:['’.-]\\p{L}${LETTERS}){0,6}(?![\\p{L}\\p{M}\\p{N}])`
const PARTICLE = "(?:van|von|der|den|ter|ten|de|del|della|di|da|do|dos|das|du|la|las|le|los|el|bin|al|zu|zum|y)"
const FULL_NAME = `${WORD}(?:[ \\t](?:${PARTICLE}[ \\t]){0,2}${WORD}){0,3}`
const CJK = "[\\u4e00-\\u9fff\\u3041-\\u30ff\\uac00-\\ud7af]"

/** First names that are no city, month, brand or common word in the languages here. */
const FIRST_NAMES = `
Aaron Abdul Adam Adrian Agnieszka Ahmed Aisha Akira Albert Alberto Alejandro Alessandra Alessandro Alexander Alexandra Alice
Amanda Amelia Ana Anastasia Anders Andrea Andreas Andrei Andrew Andrzej Angela Anja Anna Anne Annika Antoine Anton Antonio
Arthur Astrid Ayşe Barbara Bartosz Beatriz Benjamin Bernd Birgit Björn Bogdan Brian Camille Carla Carlos Carmen Carolina
Caroline Catherine Chiara Chloé Christian Christine Christoph Christopher Claire Claudia Daniel Daniela Daniele David Deborah
Dennis Diego Dieter Dmitri Dominik Dorota Eduardo Edward Ekaterina Elena Elif Elisabeth Elizabeth Emily Emma Emre Enrique
Eric Erik Esther Eva Ewa Fabian Fatima Federico Felipe Fernanda Fernando Filip Florian Francesca Francesco François Françoise
Frank Franziska Friedrich Gabriel Gabriela George Giorgio Giovanni Giulia Giuseppe Grzegorz Guillaume Gustavo Hannah Hans
Harald Hassan Heike Heinrich Helena Helga Henrik Hiroshi Ibrahim Igor Ines Ingrid Irina Isabel Isabella Ivan Jakub James Jan
Jana Javier Jean Jeffrey Jennifer Jens Jessica Joanna Johan Johanna Johannes John Jonas Jonathan Jorge Joseph Joshua José
João Juan Julia Juliette Julie Jürgen Kai Karin Karl Karolina Katarzyna Katharina Katrin Kenji Kevin Klaus Krzysztof Lars
Laura Laurent Lena Leonardo Lorenzo Louis Louise Luca Lucas Lucía Luigi Luis Lukas Magdalena Maja Małgorzata Manuel Manuela
Marco Marek Margaret Maria María Marie Marta Martin Martina Mary Mateusz Matteo Matthew Matthias Maximilian Mehmet Melanie
Michael Michał Michel Miguel Mikhail Mohamed Mohammed Monika Mustafa Natalia Nathalie Nicolas Nicole Nikolai Noah Nuno Oksana
Olaf Oleg Olga Oliver Olivia Omar Pablo Paola Patricia Patrick Paulo Pedro Peter Petra Philipp Philippe Pierre Piotr Priya
Rachel Rafael Raj Ralf Ramón Rebecca Ricardo Richard Robert Roberto Roland Ronald Ruth Ryan Sabine Samuel Sandra Sara Sarah
Sebastian Sergei Sergio Silvia Simone Sofia Sophie Stefan Stefania Stefano Stephanie Stephen Steven Susanne Svetlana Sven
Tatiana Teresa Thiago Thomas Timothy Tobias Tomasz Tomás Ulrich Ursula Uwe Valentina Vladimir Walter Werner William Wolfgang
Yasmin Yuki Yusuf Zofia
Александр Алексей Анастасия Андрей Анна Антон Борис Виктор Владимир Дарья Дмитрий Евгений Екатерина Елена Иван Игорь Ирина
Ксения Мария Михаил Наталья Николай Олег Ольга Павел Сергей Светлана Татьяна Юлия Юрий
Γιώργος Δημήτρης Ελένη Κώστας Μαρία Νίκος`
  .trim()
  .split(/\s+/u)
  .join("|")

/** "and" between two people. */
const AND = "[ \\t](?:and|und|et|y|e|en|i|и|ve|to|och|z|oraz|&)"

/** "COPYRIGHT HOLDER OR CONTRIBUTORS" is nobody. */
const IN_CASE = "(?!\\p{Lu}{2})"

const TITLED = `(?!(?:${TITLES})\\.?[ \\t])`

const WHOLE_NAME = `${WORD}[ \\t](?:${PARTICLE}[ \\t]){0,2}${WORD}(?:[ \\t](?:${PARTICLE}[ \\t]){0,2}${WORD}){0,2}`

const people = `${TITLED}${FULL_NAME}(?:${AND}[ \\t]{1,4}${FULL_NAME}){0,20}`
const listed = `${FULL_NAME}(?:(?:[,;]|${AND})[ \\t]{1,4}${FULL_NAME}){0,200}`

const pattern = (source: string) => new RegExp(`(?<!\\p{L})${source}`, "dgu")

/** What a pattern finds; the group named `is` when only a part of it is personal. */
export const namePatterns: ReadonlyArray<RegExp> = [
  pattern(
    `(?i:${TITLES})\\.?[ \\t]+(?:(?:Dr|Prof|Mr|Mrs|Ms|Ing|Mag)\\.[ \\t]+){0,2}(?<is>(?:${PARTICLE}[ \\t]){0,2}${FULL_NAME})`
  ),
  pattern(`(?<is>${WORD}(?:[ \\t]${WORD})?)(?=${SUFFIXES})`),
  pattern(`(?i:${INTRODUCTIONS})[ \\t]+(?:(?:Mr|Mrs|Ms|Dr|Prof)\\.[ \\t]+)?(?<is>${people})`),
  pattern(`(?:(?i:${LABELS})(?:_?[Nn]ame)?|FN)"?[ \\t]*[:：=][ \\t]*"?(?<is>${WORD},[ \\t]${WORD}(?=")|${listed})`),
  pattern(`(?i:${WEAK_LABELS})"?[ \\t]*[:：=][ \\t]*"?(?<is>${IN_CASE}(?:${WORD},[ \\t]${WORD}(?=")|${WHOLE_NAME}))`),
  // Only where the sentence goes on as one about a person: "Soy beans" are none.
  new RegExp(
    `(?<=^|[.!?,\\n][ \\t]{0,8})(?:${I_AM})[ \\t]+(?<is>${people})(?=[ \\t]*(?:[,.;!\\n]|$)|[ \\t](?:y|e|i|de|da|do|z)[ \\t])`,
    "dgu"
  ),
  pattern(`(?i:${GREETINGS})[,!.]?[ \\t]+(?i:${HERE})[ \\t]+(?<is>${people})`),
  pattern(`(?i:${ROLES})(?:[ \\t](?:${NAMED}))?:?[ \\t]+(?<is>${IN_CASE}${people})`),
  pattern(`(?i:${MEETINGS})[ \\t]+(?<is>${IN_CASE}${WHOLE_NAME}(?:${AND}[ \\t]{1,4}${FULL_NAME}){0,20})`),
  // A signature is the end of a line; behind "Thanks," the sentence goes on.
  pattern(`(?i:${CLOSINGS}),?[ \\t]*\\n\\s{0,20}(?<is>${FULL_NAME})(?=[ \\t]*(?:\\n|$))`),
  // Who is named beside an address of e-mail has it.
  pattern(`(?<is>${WHOLE_NAME}|${WORD},[ \\t]${WORD})(?="?[ \\t]*[<(,:;|][ \\t]*[\\p{L}\\p{N}._%+'’-]{1,64}@)`),
  new RegExp(
    `(?<=^|[.!?;:,\\n][ \\t]{0,8}|${AND}[ \\t])(?!(?:${NOBODY})(?!\\p{L}))(?<is>${FULL_NAME})(?=[ \\t](?:${HABITS})(?!\\p{L}))`,
    "dgu"
  ),
  new RegExp(
    `(?<![\\p{L}’'-])(?<is>(?:${FIRST_NAMES})(?:[ -]\\p{Lu}\\p{L}{1,40}(?=[ -]\\p{Lu}))?(?:[ \\t](?:${PARTICLE}[ \\t]){0,2}${WORD}){0,2})(?!\\p{L})`,
    "dgu"
  ),
  new RegExp(
    `(?:我叫|我的名字是|我是|姓名[:：]?|氏名[:：]?|お名前[:：]?|私の名前は|이름[:：]?)[ \\t]*(?<is>${CJK}{2,4}?)(?=[,，。、 \\n]|です|先生|女士|$)`,
    "dgu"
  ),
  new RegExp(`(?<is>${CJK}{1,4})(?:さん|様|先生|女士|小姐| ?씨| ?님)`, "dgu")
]

const FIRM = /[ \t](?:Inc|Ltd|LLC|GmbH|AG|SA|SpA|Srl|BV|Group)$/u

/** A house or a firm that is called after somebody is nobody. */
export const isPerson = (text: string, before: string): boolean => !OF_HOUSES.test(before) && !FIRM.test(text)

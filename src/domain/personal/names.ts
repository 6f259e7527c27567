/** Names of people in running text: after a title, an introduction or a label, and by frequent first names. */

/** Capitalised, as names are written in Latin, Greek and Cyrillic letters; with particles inside: "van der Berg". */
const WORD = "\\p{Lu}[\\p{L}\\p{M}]*(?:['’.-]\\p{L}[\\p{L}\\p{M}]*)*"
const PARTICLE = "(?:van|von|der|den|de|del|della|di|da|dos|du|la|le|el|bin|al|zu|y)"
const FULL_NAME = `${WORD}(?:[ \\t](?:${PARTICLE}[ \\t]){0,2}${WORD}){0,3}`
const CJK = "[\\u4e00-\\u9fff\\u3041-\\u30ff\\uac00-\\ud7af]"

const TITLES =
  "Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Herrn?|Frau|Monsieur|Madame|Mademoiselle|Mme|Mlle|Señora|Señorita|Señor|Sra?|Doña|Signora|Signor|Sig\\.ra|Sig|Dott|Senhora|Senhor|Meneer|Mevrouw|Dhr|Mevr|Pani|Pan|Господин|Госпожа|Bay|Bayan"

const INTRODUCTIONS =
  "my name is|i am called|i'm called|ich heiße|mein name ist|je m['’]appelle|mon nom est|me llamo|mi nombre es|mi chiamo|il mio nome è|meu nome é|chamo-me|me chamo|ik heet|mijn naam is|nazywam się|mam na imię|меня зовут|моё имя|adım|jag heter|jeg hedder|speaking with|booked for|book for|reserved for|reservation for|on behalf of|travelling with|traveling with|gebucht für|reserviert für|réservé pour|réservation pour|reserva para|prenotazione per|à l['’]attention de"

const LABELS =
  "(?:full |first |last |family |guest |lead )?names?|surname|travell?ers?|guests?|passengers?|contact|emergency contact|vorname|nachname|reisende|gäste|gast|fahrgast|noms?|prénoms?|voyageurs?|nombres?|apellidos?|viajeros?|nomi?|cognome|viaggiatori|viajantes|passageiros?|naam|namen|reizigers?|imię|nazwisko|имя|фамилия|пассажиры?|гости|name des gastes"

const CLOSINGS =
  "(?:kind |best |warm )?regards|sincerely|yours|cheers|mit freundlichen grüßen|viele grüße|liebe grüße|cordialement|bien à vous|saludos|un saludo|atentamente|cordiali saluti|saluti|atenciosamente|abraços|groeten|pozdrawiam|с уважением"

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

/** What a pattern finds; the group named `is` when only a part of it is personal. */
export const namePatterns: ReadonlyArray<RegExp> = [
  new RegExp(
    `(?<!\\p{L})(?i:${TITLES})\\.?[ \\t]+(?:(?:Dr|Prof)\\.[ \\t]+)?(?<is>(?:${PARTICLE}[ \\t]){0,2}${FULL_NAME})`,
    "dgu"
  ),
  new RegExp(
    `(?<!\\p{L})(?i:${INTRODUCTIONS})[ \\t]+(?<is>${FULL_NAME}(?:(?:,| and| und| et| y| e| en| i| и)[ \\t]+${FULL_NAME})*)`,
    "dgu"
  ),
  new RegExp(
    `(?<!\\p{L})(?i:${LABELS})"?[ \\t]*[:：][ \\t]*"?(?<is>${FULL_NAME}(?:(?:,|;| and| und| et| y| e| en| i| и)[ \\t]+${FULL_NAME})*)`,
    "dgu"
  ),
  new RegExp(`(?<!\\p{L})(?i:${CLOSINGS}),?[ \\t]*\\n?[ \\t]*(?<is>${FULL_NAME})`, "dgu"),
  new RegExp(
    `(?<![\\p{L}’'-])(?<is>(?:${FIRST_NAMES})(?:[ -]\\p{Lu}\\p{L}+(?=[ -]\\p{Lu}))?(?:[ \\t](?:${PARTICLE}[ \\t]){0,2}${WORD}){0,2})(?!\\p{L})`,
    "dgu"
  ),
  new RegExp(
    `(?:我叫|我的名字是|我是|姓名[:：]?|氏名[:：]?|お名前[:：]?|私の名前は|이름[:：]?)[ \\t]*(?<is>${CJK}{2,4}?)(?=[,，。、 \\n]|です|先生|女士|$)`,
    "dgu"
  ),
  new RegExp(`(?<is>${CJK}{1,4})(?:さん|様|先生|女士|小姐| ?씨| ?님)`, "dgu")
]

/** Words beside which names stand, in the languages of travellers. Each list is the inside of a group of a pattern. */

export const TITLES =
  "Mr|Mrs|Ms|Miss|Mx|Sir|Lady|Dr|Prof|Professor\\p{L}*|Doctor|Herrn?|Frau|Doktor|Monsieur|Madame|Mademoiselle|Mme|Mlle|Docteur|Maître|Señora|Señorita|Señor|Sra?|Doña|Don|Doctora|Signora|Signorina|Signor|Sig\\.ra|Sig|Dott(?:\\.ssa|oressa|ore|or)?|Avv|Senhora|Senhor|Dona|Doutora?|Meneer|Mevrouw|Dhr|Mevr|Dokter|heer|Pani|Pan|Państwo|Господин|Госпожа|Bay|Bayan|Herra|Fru|Sensei(?: no)?"

/** Behind a name: "Oikawa-san", "Cevdet Bey". */
export const SUFFIXES = "-(?:san|sama|kun|chan|sensei|ssi)(?!\\p{L})|[ \\t](?:Bey|Hanım)(?!\\p{L})"

/** Somebody says who they are, or whom something is for. */
export const INTRODUCTIONS =
  "my name is|my name['’]s|name is|i am called|i'm called|ich heiße|mein name ist|je m['’]appelle|mon nom est|me llamo|mi nombre es|mi chiamo|il mio nome è|meu nome é|chamo-me|me chamo|ik heet|mijn naam is|nazywam się|mam na imię|меня зовут|моё имя|adım|ismim|jag heter|mitt namn är|jeg hedder|namae wa|meigi wa|tantou wa|speaking with|booked for|book for|reserved for|reservation for|on behalf of|in the name of|travelling with|traveling with|gebucht für|reserviert für|auf den namen|im namen von|réservé pour|réservation pour|au nom de|a nombre de|reserva para|prenotazione per|a nome di|intestat[ao] a|em nome de|op naam van|på namnet|à l['’]attention de|hier spricht|hier schreibt|watashi wa|boku wa"

/** What letters and calls begin with, before the writer is named. */
export const GREETINGS =
  "hello|hi|hey|dear all|good (?:morning|day|afternoon|evening)|hallo|guten (?:morgen|tag|abend)|moin|servus|bonjour|bonsoir|hola|buenos días|buenas (?:tardes|noches)|buongiorno|buonasera|ciao|goede(?:morgen|middag|navond|ndag)|dzień dobry|bom dia|boa (?:tarde|noite)|olá|merhaba|iyi günler|hej|god (?:morgon|dag|kväll)|ohayou gozaimasu|konnichiwa"

/** The same within a sentence, where it goes on as one about a person. */
export const I_AM = "[Ss]oy|[Ss]ono|[Ss]ou|[Jj]estem"

export const HERE =
  "this is|soy|sono|sou|jestem|it['’]s|here is|ich bin|hier(?: ist)?|ici(?: c['’]est)?|je suis|aquí|aqui|qui|met|u spreekt met|ik ben|tu|tutaj|jag är|ben"

/** Relatives and roles: with a name behind, also over "is called" and the like. */
export const ROLES =
  "wife|husband|partner\\p{L}*|son|daughter|mother|father|brother|sister|friend|guide|driver|cardholder|account holder|holder|owner|traveller|passenger|guest|patient|customer|frau|ehefrau|mann|ehemann|sohn|tochter|mutter|vater|bruder|schwester|freundin|freund|fahrer(?:in)?|inhaber(?:in)?|karteninhaber(?:in)?|reiseleiter(?:in)?|femme|mari|compagne|compagnon|fils|fille|frère|sœur|titulaire|chauffeur|esposa|esposo|mujer|marido|hijo|hija|hermano|hermana|amigo|amiga|titular|chófer|moglie|marito|figlio|figlia|fratello|sorella|titolare|autista|vrouw|zoon|dochter|vriendin|vriend|gids|houder|żona|żoną|mąż|mężem|syn|córka|właściciel(?:ka)?|kierowca|przewodnik|mulher|filho|filha|motorista|guia|eşim|eş|oğlum|kızım|sahibi|yetkili|rehber|hustru|fru|man|dotter|sambo|ägare"

/** "is called" and the like, between a role and a name. */
export const NAMED =
  "is|was|named|called|is called|ist|heißt|namens|est|s['’]appelle|es|se llama|llamad[ao]|è|si chiama|é|chama-se|se chama|heet|is genaamd|jest|nazywa się|heter|är"

/** Somebody meets or writes to a person. A town or a firm may follow too, so the name has to be whole. */
export const MEETINGS =
  "meet|met our guide|contact(?:er|ez)?|contactar(?: con)?|kontakt(?:ieren(?: sie)?|a)?|contattare|ask for|write to|talk to|speak to|neem contact op met|falar com|hablar con|parler à|parlare con|viajo con|viaggio con|reise mit|reisen mit|voyage avec|podróżuję z|reis met|reser med|issued to|belongs to|paid by|made by|booked by|signed by|bezahlt von|payé par|pagado por|pagato da|pago por|door|passport of|passeport de|pasaporte de|passaporto di|passaporte de|paspoort van|paszport|tillhör|gehört|appartient à|pertenece a|appartiene a"

/** Words in front of a list of people or of a field with one. */
export const LABELS =
  "(?:full|first|last|family|guest|lead)[ _]?names?|surname|travell?ers?|guests?|passengers?|participants?|attendees?|customers?|clients?|recipient|card ?holder|holder|contact|emergency contact|vorname|nachname|reisende[rn]?|gäste|gast|fahrgast|fahrgäste|teilnehmer(?:innen)?|kunde|kundin|inhaber(?:in)?|empfänger|kontakt|prénoms?|voyageurs?|passagers?|invités?|titulaire|destinataire|apellidos?|viajeros?|pasajeros?|huéspedes|invitados?|titular|cognome|viaggiatori|ospiti|passeggeri|intestatario|contatto|viajantes?|passageiros?|hóspedes|contacto|reizigers?|gasten|passagiers?|contactpersoon|imię i nazwisko|nazwisko|goście|podróżni|pasażerowie|klient|właściciel|фамилия|пассажиры?|гости|yolcular|misafirler|müşteri|yetkili|resenärer|gäster|passagerare|deltagare|ryokousha|name des gastes"

/** Things are named too, and parcels have senders: only a whole name behind these is one. */
export const WEAK_LABELS = "names?|noms?|nombres?|nomi?|naam|namen|nome|imię|имя|isim|namn|to|from|cc|von|an|de|para|à"

export const CLOSINGS =
  "(?:kind |best |warm )?regards|best wishes|many thanks|thanks|all the best|sincerely|yours(?: truly| sincerely)?|cheers|grüßen?|grüsse|cordialement|amicalement|salutations|bien à vous|saludos?|atentamente|saluti|cumprimentos|atenciosamente|abraços|groet(?:en)?|pozdrawiam|pozdrowieniami|poważaniem|с уважением|saygılarımla|saygılarımızla|sevgiler|hälsningar|vänligen|hilsen|onegaishimasu"

/** What only people do or are, behind a name at the beginning of a sentence. */
export const HABITS =
  "(?:can['’]t|cannot|doesn['’]t|does not|won['’]t|only) (?:eat|drink|like|fly|swim|walk|drive|sleep)s?|only drinks|only eats|eats|drinks|likes|loves|hates|prefers|wants|would like|is allergic|is vegetarian|is vegan|has (?:a|an) \\p{Ll}+ allergy|is pregnant|mag|isst|trinkt|möchte|hasst|verträgt|ist (?:allergisch|vegetarier|veganer|schwanger)\\p{L}*|n['’]aime|ne mange|ne boit|aime|mange|préfère|est (?:allergique|végétarien\\p{L}*|enceinte)|no come|no bebe|no le gusta|prefiere|es (?:alérgic[ao]|vegetarian[ao]|celíac[ao])|non mangia|non beve|mangia|preferisce|è (?:allergic[ao]|vegetarian[ao]|celiac[ao])|eet|drinkt|wil(?: graag)?|houdt van|is allergisch|lust|nie (?:je|pije|lubi)|woli|jest (?:uczulon[ya]|wegetarian\\p{L}+)|não (?:come|bebe|gosta)|prefere|é (?:alérgic[ao]|vegetarian[ao])|yemez|içmez|sevmez|\\p{Ll}+ alerjik|et yemiyor|tål inte|äter inte|äter|dricker|vill|gillar|är (?:allergisk|vegetarian)|neither|auch nicht|non plus|tampoco|neanche|ook niet|też nie|também não|wa \\p{Ll}+ ga (?:tabe|kira|suki|nome)\\p{Ll}*"

/** What begins sentences and is nobody's name. */
export const NOBODY =
  "I|He|She|It|We|You|They|Who|Nobody|Everybody|Everyone|Somebody|Someone|This|That|The|One|My|Our|His|Her|Kids|Children|Er|Sie|Es|Wir|Ihr|Ich|Man|Wer|Niemand|Jeder|Das|Die|Der|Mein|Meine|Unser|Unsere|Il|Elle|On|Nous|Vous|Ils|Elles|Je|Tu|Qui|Mon|Ma|Él|Ella|Nadie|Ellos|Yo|Mi|Lui|Lei|Nessuno|Loro|Io|Chi|Hij|Zij|Ze|Wij|We|Ik|Wie|Niemand|On|Ona|Ja|Nikt|Oni|Ele|Ela|Eles|Elas|Eu|Ninguém|Quem|O|Ben|Biz|Kimse|Han|Hon|Vi|Jag|De|Ingen|Vem|Watashi"

/** Houses, churches and dishes are called after people, and are none. With a capital: who sits "in the bar" is somebody. */
export const OF_HOUSES =
  /(?<!\p{L})(?=\p{Lu})(?i:chez|casa|trattoria|osteria|pizzeria|ristorante|restaurante?|restauracja|restaurang|bistrot?|café|caffè|bar|taverna|tasca|mesón|solar|hotel|hostel|gasthaus|saint|san|santa|santo|são|sankt|st|ste|villa|museo?|musée|museum|palazzo|parque|park)\.?[ \t](?:(?i:da|de|di|do|del|della|von|zum|zur|la|le|du)[ \t])?$/u

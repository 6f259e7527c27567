/**
 * Lines as they stand in logs and transcripts, in several languages: with what has to go from them, and with what has
 * to stay. All of it is made up: numbers are those that are kept for films and tests.
 */
export type Kind = "e-mail" | "phone" | "card" | "account" | "token" | "password"

export interface Sensitive {
  readonly kind: Kind
  readonly text: string
  /** What must not be readable afterwards. */
  readonly hide: ReadonlyArray<string>
}

const lines = (kind: Kind, ...texts: ReadonlyArray<readonly [text: string, ...hide: ReadonlyArray<string>]>) =>
  texts.map(([text, ...hide]): Sensitive => ({ kind, text, hide }))

const emails = lines(
  "e-mail",
  ["login failed for ada@example.com", "ada@example.com"],
  ["Antwort an <ada.lovelace+menu@post.example.co.uk> gesendet", "ada.lovelace+menu@post.example.co.uk"],
  ['{"email":"o\'brien@example.ie","id":7}', "o'brien@example.ie"],
  ["Veuillez écrire à rené.dupont@exemple.fr.", "rené.dupont@exemple.fr"],
  ["Contacto: maría_josé@ejemplo.es, gracias", "maría_josé@ejemplo.es"],
  ["Пишите на почту иван@пример.рф", "иван@пример.рф"],
  ["请发送到 wang.wei@例子.中国", "wang.wei@例子.中国"],
  ["بريد: salma@example.ae", "salma@example.ae"],
  ["ご連絡は taro@example.co.jp まで", "taro@example.co.jp"],
  ["GET /login?email=ada%40example.com&next=%2F", "ada%40example.com"],
  ["mailto:ADA@EXAMPLE.COM", "ADA@EXAMPLE.COM"],
  ["two: a@b.example, c.d@e.example;", "a@b.example", "c.d@e.example"],
  ["postmaster ada@xn--bcher-kva.example bounced", "ada@xn--bcher-kva.example"],
  ["wrote to “müller@bäckerei.example”", "müller@bäckerei.example"],
  ["user=ada@mail.example\tstatus=ok", "ada@mail.example"],
  ["全角 ada＠example.com です", "ada＠example.com"]
)

const phones = lines(
  "phone",
  ["order +49 151 23456789 was called back", "23456789"],
  ["Reference: +1 415 555 2671", "555 2671"],
  ["ticket=%2B4915123456789", "15123456789"],
  ["call +1 202 555 0143 now", "555 0143"],
  ["Telefon: +49 30 23125 012", "23125"],
  ["+493023125012 hat angerufen", "23125012"],
  ["0049 (0)30 23125-012", "23125"],
  ["Tel. 030/23125 012", "23125"],
  ["mobil 0171 3920012", "3920012"],
  ["Handy 01713920012, abends", "3920012"],
  ["Phone (202) 555-0143 ext. 9", "555-0143"],
  ["202-555-0143 rang twice", "555-0143"],
  ["202.555.0143", "555.0143"],
  ["Ring 020 7946 0958 after six", "7946 0958"],
  ["07700 900123 is her mobile", "900123"],
  ["Tél. 01 99 00 12 34", "99 00 12 34"],
  ["+33 (0)1 99 00 12 34", "99 00 12 34"],
  ["joignable au 06.39.98.12.34", "39.98.12.34"],
  ["teléfono: 612 345 678", "612 345 678"],
  ["móvil +34 612 345 678", "612 345 678"],
  ["chiamare il 06 698 12345", "698 12345"],
  ["telefono 3471234567", "3471234567"],
  ["電話 03-1234-5678", "1234-5678"],
  ["携帯:090-1234-5678", "1234-5678"],
  ["手机:13800138000", "13800138000"],
  ["тел. 8 (495) 123-45-67", "123-45-67"],
  ["+7 495 123-45-67", "123-45-67"],
  ["هاتف: +971 50 123 4567", "123 4567"],
  ["رقم الهاتف ٠٥٠١٢٣٤٥٦٧", "١٢٣٤٥٦٧"],
  ['{"phone":"2025550143"}', "2025550143"],
  ['"phoneNumber": "555-0143"', "555-0143"],
  ["tel:+12025550143", "2025550143"],
  ["WhatsApp +55 11 91234-5678", "91234-5678"],
  ["telefoon 06-12345678", "12345678"],
  ["mobile: +91 98765 43210", "98765 43210"],
  ["GET /contacts?phone=%2B12025550143", "2025550143"],
  ["komórka: 501 298 567", "298 567"],
  ["telefon: 0532 123 45 67", "123 45 67"]
)

const cards = lines(
  "card",
  ["charged 4242 4242 4242 4242", "4242 4242"],
  ["card=4242424242424242", "4242424242424242"],
  ["Karte 5555-5555-5555-4444 abgelehnt", "5555-5555"],
  ["carte 2223 0031 2200 3222", "2223 0031"],
  ["tarjeta 3782 822463 10005 rechazada", "822463"],
  ["378282246310005", "378282246310005"],
  ["カード番号 3530111333300000", "3530111333300000"],
  ["карта 6011111111111117", "6011111111111117"],
  ['{"number":"4000056655665556"}', "4000056655665556"],
  ["银行卡 6200000000000005", "6200000000000005"],
  ["diners 3056 930902 5904", "930902"],
  ["4242\u00a04242\u00a04242\u00a04242", "4242\u00a04242"]
)

const accounts = lines(
  "account",
  ["IBAN DE89 3704 0044 0532 0130 00", "3704 0044"],
  ["GB29NWBK60161331926819 was refused", "NWBK60161331926819"],
  ["virement vers FR14 2004 1010 0505 0001 3M02 606", "2004 1010"],
  ["conto IT60X0542811101000000123456", "0542811101000000123456"]
)

const JWT = [
  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
  "eyJzdWIiOiJhZGEifQ",
  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
]

const tokens = lines(
  "token",
  ["Authorization: Bearer mF_9.B5f-4.1JqM", "mF_9.B5f-4.1JqM"],
  ["sent bearer abcdef0123456789 to it", "abcdef0123456789"],
  ["authorization: Basic YWRhOmh1bnRlcjI=", "YWRhOmh1bnRlcjI="],
  ['{"authorization":"Bearer abc.def"}', "abc.def"],
  [`token ${JWT.join(".")} expired`, JWT[1]!, JWT[2]!],
  ["key cb_3vQx8zR2mK7pL4wN9tY6bH1c refused", "3vQx8zR2mK7pL4wN9tY6bH1c"],
  ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
  ["model said 401 for sk-proj-a1B2c3D4e5F6g7H8i9J0", "a1B2c3D4e5F6g7H8i9J0"],
  [["stripe sk", "live", "51Habcdefghijklmnop"].join("_"), "51Habcdefghijklmnop"],
  [["ghp", "16C7e42F292c6912E7710c838347Ae178B4a"].join("_"), "16C7e42F292c6912E7710c838347Ae178B4a"],
  [["xoxb", "17653672481", "19874698323", "pdFZKVeTuE8sk7oOHcbrzqgy"].join("-"), "pdFZKVeTuE8sk7oOHcbrzqgy"],
  ["aws AKIAIOSFODNN7EXAMPLE", "IOSFODNN7EXAMPLE"],
  ["maps AIzaSyA-1234567890abcdefghijklmnopqrstu", "1234567890abcdefghijklmnopqrstu"],
  ["GET https://api.example.com/v1?access_token=9f8e7d6c&x=1", "9f8e7d6c"],
  ["wss://browsers.example.com/?token=abc123", "abc123"],
  ["/reset?lang=de&code=48213377", "48213377"],
  ["https://bucket.example/f?X-Amz-Signature=fe5f80f77d5fa3beca038a248ff027d0", "fe5f80f77d5fa3beca038a248ff027d0"],
  ["cookie: callboard-session=Zm9vYmFy; theme=dark", "Zm9vYmFy"],
  ["Set-Cookie: sid=31d4d96e407aad42; Path=/; HttpOnly", "31d4d96e407aad42"],
  ["x-api-key: 7d1c9a", "7d1c9a"],
  ["api_key=7d1c9a55 rejected", "7d1c9a55"],
  ['"client_secret" : "s3cr3t \\"quoted\\" value"', "s3cr3t", "value"],
  ["{ apiKey: 'abc def ghi' }", "abc def ghi"],
  ['{\\"refresh_token\\":\\"r3fr3sh\\"}', "r3fr3sh"],
  [
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIBase64\n-----END PRIVATE KEY-----",
    "MC4CAQAwBQYDK2VwBCIEIBase64"
  ],
  [["sb", "secret", "a1B2c3D4e5F6g7H8i9J0kk"].join("_"), "a1B2c3D4e5F6g7H8i9J0kk"]
)

const passwords = lines(
  "password",
  ["postgres://callboard:hunter2@db.example.com:5432/jobs", "hunter2"],
  ["redis://:p4ss@cache:6379", "p4ss"],
  ["https://ada:p%40ss@portal.example/login", "p%40ss"],
  ["amqp://user:pa@ss@host/vhost", "pa@ss", "ss@host"],
  ["password=hunter2 for ada", "hunter2"],
  ['"password":"correct horse battery staple"', "horse"],
  ["Passwort: hunter2", "hunter2"],
  ["mot de passe : hunter2", "hunter2"],
  ["contraseña: hunter2", "hunter2"],
  ["пароль: hunter2", "hunter2"],
  ["パスワード:hunter2", "hunter2"],
  ["密码:hunter2", "hunter2"],
  ["DB_PASSWORD=hunter2", "hunter2"],
  ["PGPASSWORD='hun ter2' psql", "ter2"],
  ["user_password => hunter2", "hunter2"],
  ["passphrase: open sesame", "open"],
  ["otp=482133", "482133"],
  ["smtp: pwd=hunter2;host=x", "hunter2"]
)

export const sensitive: ReadonlyArray<Sensitive> = [
  ...emails,
  ...phones,
  ...cards,
  ...accounts,
  ...tokens,
  ...passwords
]

/** Lines that lose nothing. */
export const harmless: ReadonlyArray<string> = [
  "Callboard is ready: http://127.0.0.1:3000/ (stop it with Ctrl-C)",
  "JOB_20261121_101500_1a2b3c4d failed with TIMEOUT after 30000 ms",
  "JOB_20261121_101500_01234567 started",
  "job 01912d68-783e-7a3a-8c1e-4f0f2f6b9a10 was claimed by worker-a",
  "request 4f0f2f6b-9a10-4783-8c1e-012345678901 failed",
  "2026-11-21T10:15:00.123Z INFO (#12) claimed 8 jobs in 12.345 ms",
  "timestamp=1763720100123 fiber=#1204",
  "epoch 1763720100123456 µs",
  "since 2026-11-21 10:15:00+01:00",
  "21.11.2026 10:15 Uhr, 1.234,56 €",
  "total 12,345,678.90 USD for 1 000 000 rows",
  "Preis: 12,50 EUR · 3 x 4,20 €",
  "$1,299.00 of $2,000.00 used",
  "¥128,000(税込)",
  "took 0.0123456789 s, 98.7654321 % done",
  "PostgreSQL 18.4 on port 5432, pid 1234567",
  "memory 104857600 bytes, peak 1073741824",
  "listening on [::1]:3000 and 10.1.2.3:8080",
  "effect@4.1.0 @effect/sql-pg@4.0.5",
  "icon@2x.png 200 in 3 ms",
  "cloned git@github.com:callboard/callboard.git",
  "fiber #0 at src/runtime/Worker.ts:127:21",
  "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  'etag "33a64df551425fcc55e4d42a148795d9f25f89d4"',
  "order 4711-0815 has 12 items, table 7",
  "order number 20261121000123 accepted",
  "invoice 2026-000123, customer 100045",
  "1234 5678 9012 3456 is no card number",
  "article 4006381333931 (EAN), ISBN 978-3-16-148410-0",
  "version 1.2.3-beta.17+build.20261121",
  "Retry-After: 120, RateLimit: limit=600, remaining=599, reset=1",
  "cron 30 6 * * 1-5 in Europe/Berlin",
  "lane browser: 2 of 2 places, lane default: 8",
  "The password is wrong.",
  "password: required",
  "token expired, ask for a new one",
  "The key cb_ prefix is missing",
  "secret fields are shown as ••••",
  "password: ••••",
  "HTTP 401 from https://api.example.com/v1/chat/completions",
  "GET /api/jobs?status=failed&limit=50&cursor=eyJhIjoxfQ 200",
  "waited 5 s, 10 s, 20 s; next at 10:15:20",
  "step 3 of 12: assign-tags (25 %)",
  "Basic settings saved",
  "bearer of bad news",
  "the author: Ada",
  "range bytes 0-1023/146515",
  "Chrome/143.0.7499.4 Safari/537.36",
  "52.520008, 13.404954",
  "lat=52.520008 lon=13.404954",
  "room 0815 on floor 03",
  "PLZ 10115 Berlin, Invalidenstraße 117",
  "keyboard: de, monkey: 1",
  "Öffnungszeiten 11:00-14:30, 17:00-23:00",
  "lunes a viernes 9.00-17.30",
  "営業時間 11:00-22:00 定休日 2026-12-31",
  "заказ 100500 на 1 250,00 ₽",
  "exit code 137, signal SIGKILL",
  "0x7ffd5e8a1b2c 00000000-0000-0000-0000-000000000000",
  "0000000012345678",
  "row 123-456-789 of 200",
  "phones: 3 tablets: 2",
  "retries 0/3, backoff 5000-10000 ms",
  "width 1920 height 1080 dpr 1.25",
  "attempt 2: passed 10 of 12, code=TIMEOUT",
  "exit code=1",
  "error_code: NAVIGATION_TIMEOUT"
]

/** What no rule can know; docs/security.md says so. */
export const knownMisses: ReadonlyArray<string> = [
  "Ada Lovelace, 12 St James's Square, London",
  "write to ada at example dot com",
  "my number is five five five, oh one four three",
  "she said hunter2 was the word"
]

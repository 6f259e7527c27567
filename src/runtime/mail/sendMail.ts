/** One mail through the configured server. */
import { Effect, Redacted } from "effect"
import { createTransport } from "nodemailer"
import { RetryableError } from "../../domain/JobError.ts"
import { percentDecoded } from "../percentDecoded.ts"
import type { Digest } from "./failureDigest.ts"

export interface MailSettings {
  readonly smtpUrl: Redacted.Redacted
  readonly from: string
  readonly to: string
}

export interface Mail extends Digest {
  /** The same when it is sent again, so that readers' programs can tell. */
  readonly id: string
}

const CONNECT_MS = 10_000
const ANSWER_MS = 20_000

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "smtp:": 587, "smtps:": 465 }

const isHere = (hostname: string) => hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.")

const transportOf = (smtpUrl: Redacted.Redacted) => {
  const { hostname, password, port, protocol, username } = new URL(Redacted.value(smtpUrl))
  return createTransport({
    host: hostname.replace(/^\[|\]$/gu, ""),
    port: port === "" ? (DEFAULT_PORTS[protocol] ?? 587) : Number(port),
    secure: protocol === "smtps:",
    // A password goes over the network only inside TLS.
    requireTLS: protocol === "smtp:" && username !== "" && !isHere(hostname),
    ...(username !== "" && { auth: { user: percentDecoded(username), pass: percentDecoded(password) } }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: ANSWER_MS,
    disableFileAccess: true,
    disableUrlAccess: true
  })
}

/** The server's own words may repeat addresses; its codes say enough. */
const codesOf = (cause: unknown) => {
  const { code, responseCode } = Object(cause) as { readonly code?: unknown; readonly responseCode?: unknown }
  return {
    ...(typeof code === "string" && { code }),
    ...(typeof responseCode === "number" && { responseCode })
  }
}

const HINT = "Check CALLBOARD_SMTP_URL, CALLBOARD_MAIL_FROM and CALLBOARD_MAIL_TO."

const refused = (cause: unknown) => {
  const { code, responseCode = code } = codesOf(cause)
  return new RetryableError({
    code: "SERVICE_UNAVAILABLE",
    message: `The mail server did not take the mail${responseCode === undefined ? "" : ` (${responseCode})`}.`,
    hint: HINT,
    cause
  })
}

export const sendMail = ({ from, smtpUrl, to }: MailSettings, { html, id, subject, text }: Mail) =>
  Effect.acquireUseRelease(
    Effect.sync(() => transportOf(smtpUrl)),
    (transport) =>
      Effect.tryPromise({
        try: () =>
          transport.sendMail({
            from,
            to,
            subject,
            text,
            html,
            messageId: `<${id}@callboard>`,
            // Answers of absent people and of machines are not wanted (RFC 3834).
            headers: { "Auto-Submitted": "auto-generated" }
          }),
        catch: refused
      }),
    (transport) => Effect.sync(() => transport.close())
  ).pipe(
    Effect.tapError(({ cause }) =>
      Effect.annotateLogs(Effect.logWarning(`a mail about failures could not be sent. ${HINT}`), codesOf(cause))
    ),
    Effect.tap(({ rejected }) =>
      rejected.length === 0
        ? Effect.void
        : Effect.annotateLogs(Effect.logWarning("the mail server refused some addresses of CALLBOARD_MAIL_TO"), {
            refused: rejected.length
          })
    ),
    Effect.asVoid
  )

/** A real mail server on this computer that keeps what it is given. */
import type { AddressInfo } from "node:net"
import { Effect, Redacted } from "effect"
import { SMTPServer } from "smtp-server"

export interface ReceivedMail {
  readonly from: string
  readonly to: ReadonlyArray<string>
  /** As it came over the wire. */
  readonly raw: string
}

export interface MailServerOptions {
  /** What it refuses mails with; undefined when it takes them. */
  readonly refuses?: () => string | undefined
  readonly password?: string
  readonly refusesReader?: (address: string) => boolean
}

/** Lives as long as the scope. */
export const mailServer = ({
  password,
  refuses = () => undefined,
  refusesReader = () => false
}: MailServerOptions = {}) =>
  Effect.gen(function* () {
    const mails: Array<ReceivedMail> = []
    const server = new SMTPServer({
      authOptional: password === undefined,
      allowInsecureAuth: true,
      disabledCommands: ["STARTTLS"],
      onAuth: (auth, _session, done) =>
        auth.password === password ? done(null, { user: auth.username ?? "" }) : done(new Error("Wrong password")),
      onRcptTo: ({ address }, _session, done) =>
        done(refusesReader(address) ? new Error(`Nobody is called ${address}`) : undefined),
      onData: (stream, session, done) => {
        const parts: Array<Buffer> = []
        stream.on("data", (part: Buffer) => parts.push(part))
        stream.on("end", () => {
          const refusal = refuses()
          if (refusal !== undefined) return done(new Error(refusal))
          const { mailFrom, rcptTo } = session.envelope
          mails.push({
            from: mailFrom === false ? "" : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            raw: Buffer.concat(parts).toString("utf8")
          })
          return done()
        })
      }
    })
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () => Effect.callback<void>((resume) => server.close(() => resume(Effect.void)))
    )
    const { port } = server.server.address() as AddressInfo
    const login = password === undefined ? "" : `callboard:${encodeURIComponent(password)}@`
    return { mails, smtpUrl: Redacted.make(`smtp://${login}127.0.0.1:${port}`) }
  })

/** The text part of a mail, decoded from quoted-printable. */
export const textPart = ({ raw }: ReceivedMail): string => {
  const [, part = ""] = /Content-Type: text\/plain[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/u.exec(raw) ?? []
  const bytes = part.replaceAll("=\r\n", "").replaceAll(/=([0-9A-F]{2})/gu, (_, hex: string) => `%${hex}`)
  return decodeURIComponent(bytes.replaceAll(/%(?![0-9A-F]{2})/gu, "%25")).replaceAll("\r\n", "\n")
}

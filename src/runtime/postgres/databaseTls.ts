/** TLS to the server of `DATABASE_URL`, as libpq reads it: the client knows fewer of the parameters, and ignores the rest. */
import { readFileSync } from "node:fs"
import type { ConnectionOptions } from "node:tls"
import { Effect, Predicate, type Redacted, Redacted as Secret } from "effect"
import { SqlError } from "effect/sql"
import { messageOf } from "../../domain/messageOf.ts"

export const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]

export interface DatabaseTls {
  readonly ssl: false | ConnectionOptions
  /** Whether a server that speaks no TLS is taken without. */
  readonly isOptional: boolean
}

const NONE: DatabaseTls = { ssl: false, isOptional: false }

const FILES = { sslrootcert: "ca", sslcert: "cert", sslkey: "key" } as const

const read = (parameter: string, path: string) =>
  Effect.try({
    try: () => readFileSync(path, "utf8"),
    catch: (cause) => {
      const message = `${parameter} cannot be read: ${messageOf(cause)}`
      return new SqlError.SqlError({
        reason: new SqlError.AuthenticationError({ cause: new Error(message), message, operation: "connect" })
      })
    }
  })

/** The authorities that come with the program, and those of NODE_EXTRA_CA_CERTS. */
const PUBLIC = "system"

const isSocket = ({ hostname }: URL, host: string | undefined) => (host ?? decodeURIComponent(hostname)).startsWith("/")

export const tlsOf = Effect.fnUntraced(function* (address: Redacted.Redacted) {
  const url = new URL(Secret.value(address))
  const asked: Readonly<Partial<Record<string, string>>> = Object.fromEntries(url.searchParams)
  const { host, sslmode, sslrootcert } = asked
  const given = Object.entries(FILES).flatMap(([parameter, option]) => {
    const path = asked[parameter]
    return path === undefined ? [] : [{ parameter, option, path }]
  })
  // Whoever names a certificate wants it used: without a mode, the one that checks everything.
  const mode = sslmode ?? (given.length === 0 ? "disable" : "verify-full")
  if (mode === "disable" || isSocket(url, host)) return NONE
  const files = yield* Effect.forEach(
    given.filter(({ path }) => path !== PUBLIC),
    ({ option, parameter, path }) => Effect.map(read(parameter, path), (text) => [option, text] as const)
  )
  const checksName = mode === "verify-full" || sslrootcert === PUBLIC
  return {
    ssl: {
      ...Object.fromEntries(files),
      rejectUnauthorized: mode.startsWith("verify") || sslrootcert !== undefined,
      ...(!checksName && { checkServerIdentity: () => undefined })
    },
    isOptional: mode === "allow" || mode === "prefer"
  } satisfies DatabaseTls
})

const causeOf = ({ reason }: SqlError.SqlError) => (Predicate.hasProperty(reason, "cause") ? reason.cause : undefined)

/** The client's own words: there is no code. */
export const speaksNoTls = (error: SqlError.SqlError): boolean => {
  const cause = causeOf(error)
  return cause instanceof Error && cause.message === "The server does not support TLS"
}

/** What OpenSSL says of a certificate that it does not take. Waiting does not make it a better one. */
const CERTIFICATE =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(?:GET|VERIFY)_\w+|CERT_\w+|ERR_TLS_CERT_ALTNAME_INVALID)$/u

export const refusedCertificate = (error: SqlError.SqlError): boolean => {
  const cause = causeOf(error)
  return Predicate.hasProperty(cause, "code") && CERTIFICATE.test(String(cause.code))
}

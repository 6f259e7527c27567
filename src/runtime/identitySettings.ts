/** The settings of who reaches the server, and of the tokens that it takes. */
import { isIPv6 } from "node:net"
import { Schema } from "effect"
import { NonEmpty, optional, setting } from "./Setting.ts"

/** A name or an address; anything else (a URL, a port) would only fail later, at the system. */
const Host = Schema.String.check(
  Schema.makeFilter((host: string) =>
    /^[\w.:-]+$/u.test(host) && (!host.includes(":") || isIPv6(host))
      ? true
      : "must be a name or an address, such as 127.0.0.1 or 0.0.0.0"
  )
)

export const HttpUrl = Schema.String.check(
  Schema.makeFilter((text: string) =>
    URL.canParse(text) && /^https?:$/u.test(new URL(text).protocol) ? true : "must be an http:// or https:// URL"
  )
)

/** The board's links begin at the root of the host, so a path would hold for some of them only. */
const PublicUrl = HttpUrl.check(
  Schema.makeFilter((text: string) => {
    if (!URL.canParse(text)) return true
    const { hash, pathname, search } = new URL(text)
    return (pathname === "/" && search === "" && hash === "") || "must have no path, query or fragment"
  })
)

/** RFC 7518 section 3.2 asks for at least as many bits as the hash has. */
const JwtSecret = Schema.String.check(
  Schema.makeFilter((text: string) => Buffer.byteLength(text) >= 32 || "must have at least 32 characters")
)

/** Nobody may ever read who somebody is from what that somebody can write. */
const ClaimPath = Schema.String.check(
  Schema.makeFilter((text: string) =>
    /^[^.\s]+(?:\.[^.\s]+)*$/u.test(text) && text.split(".")[0] !== "user_metadata"
      ? true
      : "must be names joined by dots, and not in user_metadata, which people can write themselves"
  )
)

export const addressSettings = {
  host: setting({
    variable: "HOST",
    unit: "name or address",
    schema: Host,
    standard: "127.0.0.1",
    description:
      "Address to listen on. One that others reach needs a key or a JWT setting first: `bun run keys create`.",
    example: "0.0.0.0"
  }),
  publicUrl: optional({
    variable: "CALLBOARD_PUBLIC_URL",
    unit: "URL",
    schema: PublicUrl,
    description:
      "Address under which people reach the server, such as that of a proxy, without a path. Other host names are refused.",
    example: "https://jobs.example.com"
  })
}

export const identitySettings = {
  jwtSecret: optional({
    variable: "CALLBOARD_JWT_SECRET",
    unit: "at least 32 characters",
    schema: Schema.RedactedFromValue(JwtSecret),
    description: "Takes JSON Web Tokens that are signed with this secret (HS256). See docs/api.md.",
    example: "the JWT secret of a Supabase project"
  }),
  jwksUrl: optional({
    variable: "CALLBOARD_JWKS_URL",
    unit: "URL",
    schema: HttpUrl,
    description: "Takes JSON Web Tokens that are signed with a key of this key set.",
    example: "https://project.supabase.co/auth/v1/.well-known/jwks.json"
  }),
  jwtIssuer: optional({
    variable: "CALLBOARD_JWT_ISSUER",
    unit: "text",
    schema: NonEmpty,
    description: "Only tokens of this issuer (`iss`) are taken. Default: any that is signed right.",
    example: "https://project.supabase.co/auth/v1"
  }),
  jwtAudience: optional({
    variable: "CALLBOARD_JWT_AUDIENCE",
    unit: "text",
    schema: NonEmpty,
    description: "Only tokens for this audience (`aud`) are taken. Default: any.",
    example: "authenticated"
  }),
  jwtOrganisationClaim: optional({
    variable: "CALLBOARD_JWT_ORGANISATION_CLAIM",
    unit: "names joined by dots",
    schema: ClaimPath,
    description:
      "Where a token names the caller's organisation. Default: app_metadata.organisation_id, then organisation_id.",
    example: "app_metadata.tenant"
  })
}

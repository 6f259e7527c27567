import type { Context } from "hono"

const hasAddress = (found: unknown): found is { readonly address: string } =>
  typeof found === "object" && found !== null && "address" in found && typeof found.address === "string"

/** Whoever is at the other end of the connection: the client, or the proxy before us. Hono hands Bun's server in as `env`. */
export const addressOf = ({ env, req }: Context): string => {
  const server: unknown = env
  if (
    typeof server === "object" &&
    server !== null &&
    "requestIP" in server &&
    typeof server.requestIP === "function"
  ) {
    const found: unknown = server.requestIP(req.raw)
    if (hasAddress(found)) return found.address
  }
  return "unknown"
}

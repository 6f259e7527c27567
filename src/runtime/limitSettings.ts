/** The settings of how often somebody may ask, and of who that is behind a proxy. */
import { Count, setting } from "./Setting.ts"

export const limitSettings = {
  rateLimit: setting({
    variable: "CALLBOARD_RATE_LIMIT",
    unit: "requests per second",
    schema: Count(0, 1_000_000),
    standard: "2000",
    description: "Requests that one key or person may send per second, averaged over 10 seconds. 0 for no limit.",
    example: "200"
  }),
  changeRateLimit: setting({
    variable: "CALLBOARD_CHANGE_RATE_LIMIT",
    unit: "requests per second",
    schema: Count(0, 1_000_000),
    standard: "500",
    description: "Of those, requests that create or change something. 0 for no limit.",
    example: "50"
  }),
  addressRateLimit: setting({
    variable: "CALLBOARD_ADDRESS_RATE_LIMIT",
    unit: "requests per second",
    schema: Count(0, 1_000_000),
    standard: "3000",
    description: "Requests from one address per second, whoever sends them. 0 for no limit.",
    example: "500"
  }),
  trustedProxies: setting({
    variable: "CALLBOARD_TRUSTED_PROXIES",
    unit: "proxies",
    schema: Count(0, 10),
    standard: "0",
    description: "Proxies in front of this server whose X-Forwarded-For is believed. See docs/security.md.",
    example: "1"
  })
}

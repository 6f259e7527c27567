/** The settings of what Callboard sends out: webhooks, and mails about failures. */
import { Duration, Schema } from "effect"
import { MailAddresses, SmtpUrl } from "./mail/mailAddresses.ts"
import { DurationOf, optional, setting } from "./Setting.ts"
import { parseAllowed } from "./webhooks/AddressRules.ts"

const PrivateAddresses = Schema.String.check(
  Schema.makeFilter((text: string) =>
    parseAllowed(text) === undefined
      ? "must be all, or a list of host names, addresses and ranges such as 10.0.0.0/8"
      : true
  )
)

export const messageSettings = {
  webhookPrivateAddresses: optional({
    variable: "CALLBOARD_WEBHOOK_PRIVATE_ADDRESSES",
    unit: "hosts and ranges",
    schema: PrivateAddresses,
    description:
      "Hosts, addresses and ranges that are not public and may be webhooks all the same, also without TLS. `all` allows everything.",
    example: "hooks.internal, 10.1.0.0/16"
  }),
  smtpUrl: optional({
    variable: "CALLBOARD_SMTP_URL",
    unit: "smtp:// URL",
    schema: Schema.RedactedFromValue(SmtpUrl),
    description: "Mail server for mails about failed jobs (smtps:// for TLS from the start). Needs the next two.",
    example: "smtp://user:password@mail.example.com:587"
  }),
  mailFrom: optional({
    variable: "CALLBOARD_MAIL_FROM",
    unit: "mail address",
    schema: MailAddresses,
    description: "Sender of these mails.",
    example: "Callboard <callboard@example.com>"
  }),
  mailTo: optional({
    variable: "CALLBOARD_MAIL_TO",
    unit: "mail addresses",
    schema: MailAddresses,
    description: "Who gets them: one address or several, with commas between them.",
    example: "ops@example.com, team@example.com"
  }),
  mailEvery: setting({
    variable: "CALLBOARD_MAIL_EVERY",
    unit: "duration",
    schema: DurationOf(Duration.minutes(1)),
    standard: "15 minutes",
    description: "At most one mail about failures in this time. At least 1 minute.",
    example: "1 hour"
  })
}

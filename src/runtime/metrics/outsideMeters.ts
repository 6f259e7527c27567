/** What is counted of the world outside: language models and the receivers of webhooks. */
import { makeCounter } from "../../domain/meters.ts"

/** The model is the one of the settings, so there is one. */
export const aiCalls = makeCounter("callboard_ai_calls_total", "Calls to the AI model, by what came of them.", [
  "model",
  "outcome"
])

export const aiTokens = makeCounter("callboard_ai_tokens_total", "Tokens that the AI provider counted.", [
  "model",
  "kind"
])

export const webhookPosts = makeCounter(
  "callboard_webhook_deliveries_total",
  "Posts to receivers of webhooks, by what came of them.",
  ["outcome"]
)

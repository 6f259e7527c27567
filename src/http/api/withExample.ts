/** Puts an example next to the schema of an operation's body, and says whether there has to be a body. */
export const withExample =
  (example: unknown, required = true) =>
  (operation: Record<string, unknown>) => {
    const body = operation.requestBody as { readonly content: Record<string, object> }
    const content = Object.entries(body.content).map(([type, media]) => [type, { ...media, example }])
    return { ...operation, requestBody: { content: Object.fromEntries(content), required } }
  }

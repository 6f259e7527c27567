/** What the test pages use: only what packages export. */
export * from "../../../../src/client.ts"
export * from "../../../../src/react.ts"

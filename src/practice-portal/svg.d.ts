/** The icon is imported as text, so that it travels inside a bundle too. */
declare module "*.svg" {
  const text: string
  export default text
}

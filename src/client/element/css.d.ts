/** The stylesheet is imported as text: it goes into a shadow root. */
declare module "*.css" {
  const text: string
  export default text
}

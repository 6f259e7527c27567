/** Migrations are imported as text, so that they travel inside a bundle too. */
declare module "*.sql" {
  const text: string
  export default text
}

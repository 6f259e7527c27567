/** The mail about failures: what failed, how often, in which words, and where to look. No input, no names of people. */
import { hidePersonal } from "../hidePersonal.ts"
import { shorten } from "../Masker.ts"
import type { FailureKind, FailureSummary } from "../postgres/FailureMails.ts"

/** Characters of a failure's message: it may be a page of text. */
const LONGEST_LINE = 300

export interface Digest {
  readonly subject: string
  readonly text: string
  readonly html: string
}

export interface DigestContext {
  /** Address of the board; without it jobs are named by their ids only. */
  readonly publicUrl: string | undefined
  /** What people call a job type. */
  readonly titleOf: (jobType: string) => string
}

const count = (n: number, thing: string) => `${n} ${thing}${n === 1 ? "" : "s"}`

const escapeHtml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

/** One line, without what is nobody's business. */
const lineOf = (text: string) => shorten(hidePersonal(text.replace(/[\p{C}\s]+/gu, " ").trim()), LONGEST_LINE)

const linksTo = (publicUrl: string | undefined) => {
  if (publicUrl === undefined) return undefined
  return {
    job: (jobId: string) => new URL(`/jobs/${jobId}`, publicUrl).href,
    failed: new URL("/jobs?status=failed", publicUrl).href
  }
}

interface Shown {
  readonly heading: string
  readonly message: string
  readonly code: string
  readonly jobIds: ReadonlyArray<string>
  readonly more: number
}

const shownKind = (kind: FailureKind, { titleOf }: DigestContext, severalOrganisations: boolean): Shown => {
  const step = kind.step === null ? "" : ` at step ${lineOf(kind.step)}`
  const organisation = severalOrganisations ? ` [${lineOf(kind.organisationId)}]` : ""
  return {
    heading: `${kind.jobs} × ${lineOf(titleOf(kind.jobType))}${step}${organisation}`,
    message: lineOf(kind.message),
    code: kind.code,
    jobIds: kind.jobIds,
    more: kind.jobs - kind.jobIds.length
  }
}

const textOf = (shown: ReadonlyArray<Shown>, rest: string | undefined, links: ReturnType<typeof linksTo>) => {
  const blocks = shown.map(({ code, heading, jobIds, message, more }) =>
    [
      heading,
      `  ${message} (${code})`,
      ...jobIds.map((id) => `  ${links === undefined ? id : links.job(id)}`),
      ...(more > 0 ? [`  and ${more} more`] : [])
    ].join("\n")
  )
  return [
    ...blocks,
    ...(rest === undefined ? [] : [rest]),
    ...(links === undefined ? [] : [`All: ${links.failed}`])
  ].join("\n\n")
}

const htmlOf = (shown: ReadonlyArray<Shown>, rest: string | undefined, links: ReturnType<typeof linksTo>) => {
  const job = (id: string) =>
    links === undefined ? escapeHtml(id) : `<a href="${escapeHtml(links.job(id))}">${escapeHtml(id)}</a>`
  const blocks = shown.map(
    ({ code, heading, jobIds, message, more }) =>
      `<h3>${escapeHtml(heading)}</h3><p>${escapeHtml(message)} <small>(${escapeHtml(code)})</small></p>` +
      `<p>${jobIds.map(job).join("<br>")}${more > 0 ? `<br>and ${more} more` : ""}</p>`
  )
  const all = links === undefined ? "" : `<p><a href="${escapeHtml(links.failed)}">All failed jobs</a></p>`
  return `${blocks.join("")}${rest === undefined ? "" : `<p>${escapeHtml(rest)}</p>`}${all}`
}

export const failureDigest = ({ jobs, kinds, kindsInAll }: FailureSummary, context: DigestContext): Digest => {
  const several = new Set(kinds.map(({ organisationId }) => organisationId)).size > 1
  const shown = kinds.map((kind) => shownKind(kind, context, several))
  const [only] = shown
  const what = kindsInAll === 1 && only !== undefined ? only.message : `${count(kindsInAll, "kind")} of failure`
  const hidden = kindsInAll - kinds.length
  const rest = hidden > 0 ? `And ${count(hidden, "other kind")} of failure.` : undefined
  const links = linksTo(context.publicUrl)
  const intro = `${count(jobs, "job")} failed since the last mail.`
  return {
    subject: shorten(`Callboard: ${count(jobs, "job")} failed: ${what}`, 150),
    text: `${intro}\n\n${textOf(shown, rest, links)}\n`,
    html: `<p>${intro}</p>${htmlOf(shown, rest, links)}`
  }
}

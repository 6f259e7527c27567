/** The person that authors of job types test with. */
export * from "../../../src/testing/AnsweringOperator.ts"

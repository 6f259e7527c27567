/** What an answer is sealed for: it does not open for another job, nor for another question of the same one. */
export const placeOfAnswer = (jobId: string, promptId: string): string => `${jobId}/${promptId}`

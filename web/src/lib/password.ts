import { t } from './texts'

/** What is wrong with a new password and its repetition, in words; '' where nothing is. */
export function passwordProblem(password: string, again: string): string {
  if (password.length < 10) return t.firstUser.tooShort
  return password === again ? '' : t.firstUser.mismatch
}

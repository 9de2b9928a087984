/** On a cluster some of the servers can be away: what the others answer counts. */

/** What was answered; what failed is left out. @throws the first failure where all failed */
export async function settled<T>(asks: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(asks);
  const answered = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = results.find((result) => result.status === "rejected");
  if (answered.length === 0 && failed !== undefined) throw failed.reason;
  return answered;
}

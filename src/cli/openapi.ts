export const run = async (_args: string[]): Promise<void> => {};

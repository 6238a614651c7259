export const radius = 6371;

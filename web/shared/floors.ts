/* Floors as a house says them. Enters: a floor as a device or a person spelled it. Leaves: the name people know it by. */

/** As the house says it: `3` is 3F, `-1` is B1; the same as the registry's `rules.floor_name`. */
export function floorName(text: string): string {
  const said = /^(?<below>[B负地下-]*)(?<number>\d+)层?$/.exec(text.trim().toUpperCase())?.groups
  if (said === undefined) return text.trim()
  return said['below'] === '' ? `${Number(said['number'])}F` : `B${Number(said['number'])}`
}

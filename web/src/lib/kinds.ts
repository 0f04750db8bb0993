/* A sign for each kind of incident; none for what is only counted. */
import type Icon from '../parts/Icon.svelte'
import type { ComponentProps } from 'svelte'

type IconName = ComponentProps<typeof Icon>['name']

const ICONS: Record<string, IconName> = {
  'traffic.collision': 'warn',
  'traffic.near_miss': 'warn',
  'traffic.wrong_way': 'flip',
  'traffic.person_on_carriageway': 'user',
  'traffic.object_on_carriageway': 'zone',
  'traffic.stopped_object': 'clock',
  'traffic.braking_wave': 'counts',
  'traffic.queue': 'layers',
  'traffic.congestion': 'layers',
}

export function iconOf(kind: string): IconName | null {
  return ICONS[kind] ?? (kind.startsWith('health.') ? 'feeds' : null)
}

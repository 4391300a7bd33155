/**
 * Every documented field of the five tongues: where it lives in the hub, what it does, when an update of it takes
 * effect, and whether a test shows it. `docs/field-effects.md` is written from this.
 */
import type { DialectName } from '../../src/model/records.ts';

export const NEEDS = ['config', 'chat', 'call', 'voice', 'interview', 'campaign'] as const;
/** The part of the house that has to be there for the effect to be seen; `config`: the API alone. */
export type Need = (typeof NEEDS)[number];

export interface Field {
  dialect: DialectName;
  field: string;
  hub: string;
  needs: Need;
  /** `shown`: by the test whose name begins with `dialect.field`. */
  state: 'shown' | 'not yet';
  effect: string;
  when: string;
}

/** What is under way keeps what it began with. */
const WHEN: Record<Need, string> = {
  config: 'at once',
  chat: 'the next conversation',
  call: 'the next call',
  voice: 'the next conversation',
  interview: 'the next interview',
  campaign: 'the next attempt',
};

const field = (
  dialect: DialectName,
  name: string,
  hub: string,
  needs: Need,
  state: Field['state'],
  effect: string,
): Field => ({ dialect, field: name, hub, needs, state, effect, when: WHEN[needs] });

export const nameOf = ({ dialect, field: name }: Field): string => `${dialect}.${name}`;

export const LEDGER: readonly Field[] = [
  field(
    'kejue',
    'name',
    'name',
    'chat',
    'shown',
    'the name it goes by where no profile has its own; `agent_name` in templates',
  ),
  field(
    'kejue',
    'description',
    'description',
    'chat',
    'shown',
    'what a parent agent is told when it may hand over to this one',
  ),
  field('kejue', 'avatar', 'avatar', 'config', 'shown', 'the picture shown wherever the agent is'),
  field(
    'kejue',
    'is_active',
    'status',
    'call',
    'not yet',
    'false: nothing new begins with it; what is open goes on to its end',
  ),
  field(
    'kejue',
    'memory_enabled',
    'memory.enabled',
    'chat',
    'shown',
    'facts about the contact are read at the start and written after the end; off, neither',
  ),
  field(
    'kejue',
    'call_settings.allowed_days',
    'callSettings.allowedDays',
    'campaign',
    'not yet',
    "no call on any other day of the contact's own calendar, Monday being 0",
  ),
  field(
    'kejue',
    'call_settings.call_start_hour',
    'callSettings.window',
    'campaign',
    'not yet',
    "no call before it, by the contact's clock",
  ),
  field(
    'kejue',
    'call_settings.call_end_hour',
    'callSettings.window',
    'campaign',
    'not yet',
    "no call from then on, by the contact's clock",
  ),
  field(
    'kejue',
    'call_settings.auto_retry',
    'callSettings.autoRetry',
    'campaign',
    'not yet',
    'off: whoever is not reached is not called again',
  ),
  field(
    'kejue',
    'call_settings.retry_schedule',
    'callSettings.retrySchedule',
    'campaign',
    'not yet',
    'the wait after each attempt in minutes; as many retries as entries',
  ),
  field(
    'kejue',
    'call_settings.phone_assignment_mode',
    'callSettings.phoneAssignmentMode',
    'call',
    'not yet',
    'which of the numbers is shown to the contact; never keeps a call from being placed',
  ),
  field(
    'kejue',
    'call_settings.scoring_criteria',
    'callSettings.scoringCriteria',
    'chat',
    'shown',
    'what the judge scores the finished conversation by',
  ),
  field(
    'kejue',
    'call_settings.structured_data_schema',
    'callSettings.structuredData',
    'chat',
    'shown',
    'the values read out of the finished conversation, under these keys and no others',
  ),
  field(
    'kejue',
    'call_settings.tags',
    'callSettings.tags',
    'chat',
    'shown',
    'the labels that the finished conversation may get, and no others',
  ),
  field(
    'kejue',
    'voice_configs.name',
    'profiles[].name',
    'chat',
    'shown',
    'the name it introduces itself by in that language',
  ),
  field(
    'kejue',
    'voice_configs.language_locale',
    'profiles[].locale',
    'chat',
    'shown',
    'which contacts the profile is chosen for; the language of reply, recogniser and voice',
  ),
  field('kejue', 'voice_configs.prompt', 'profiles[].instructions', 'chat', 'shown', 'part of the system message'),
  field(
    'kejue',
    'voice_configs.first_speaker',
    'profiles[].greeting.speaker',
    'voice',
    'not yet',
    '`user`: the agent waits to be spoken to',
  ),
  field(
    'kejue',
    'voice_configs.recording_enabled',
    'profiles[].recording',
    'voice',
    'not yet',
    'whether there is a recording',
  ),
  field(
    'kejue',
    'voice_configs.silence_timeout',
    'profiles[].silenceTimeoutSeconds',
    'voice',
    'not yet',
    'so much silence ends the call',
  ),
  field(
    'kejue',
    'voice_configs.max_duration',
    'profiles[].maxDurationSeconds',
    'voice',
    'not yet',
    'the call ends after that time',
  ),
  field(
    'kejue',
    'voice_configs.is_default',
    'profiles[].default',
    'chat',
    'shown',
    'the profile used where no other fits better',
  ),
  field('kejue', 'voice_configs.is_active', 'profiles[].active', 'chat', 'shown', 'one that is off is never used'),
  field('kejue', 'voice_configs.first_message', 'profiles[].greeting.text', 'chat', 'shown', 'the greeting'),
  field(
    'kejue',
    'voice_configs.first_message_uninterruptible',
    'profiles[].greeting.interruptible',
    'voice',
    'not yet',
    'the greeting is spoken to its end, whoever talks over it',
  ),
  field(
    'kejue',
    'voice_configs.first_message_delay_ms',
    'profiles[].greeting.delayMs',
    'voice',
    'not yet',
    'the greeting is heard that much later',
  ),
  field('kejue', 'voice_configs.voice_id', 'profiles[].voice.id', 'voice', 'not yet', 'the voice that is heard'),
  field(
    'kejue',
    'voice_configs.voice_name',
    'profiles[].voice.id',
    'config',
    'shown',
    'follows the voice: its name in the catalogue',
  ),
  field('kejue', 'voice_configs.model', 'profiles[].model.id', 'chat', 'shown', 'the model that is asked'),
  field('kejue', 'voice_configs.temperature', 'profiles[].model.temperature', 'chat', 'shown', 'sent to the model'),
  field(
    'kejue',
    'voice_configs.inactivity_messages',
    'profiles[].inactivity',
    'voice',
    'not yet',
    'said one after the other when nobody speaks; the last may hang up',
  ),
  field(
    'kejue',
    'voice_configs.corpus_id',
    'profiles[].corpusId',
    'chat',
    'shown',
    'passages of that corpus are given to the model',
  ),
  field(
    'kejue',
    'tools.tool_name',
    'tools[].name',
    'chat',
    'shown',
    'the name that the model is offered the tool under',
  ),
  field(
    'kejue',
    'tools.channels',
    'tools[].channels',
    'chat',
    'shown',
    'where the tool is offered; post-call ones run after the end',
  ),
  field('kejue', 'tools.config', 'tools[].config', 'chat', 'shown', 'how the tool is carried out'),
  field('kejue', 'tools.tool_id', 'tools[].toolId', 'chat', 'shown', "which of the workspace's tools is called"),
  field('agenthuman', 'name', 'name', 'chat', 'shown', 'the name it goes by'),
  field(
    'agenthuman',
    'avatar_id',
    'avatar and profiles[].voice.id',
    'voice',
    'not yet',
    'the face of a session, and its voice',
  ),
  field('agenthuman', 'language', 'profiles[].locale', 'chat', 'shown', 'the language of reply, recogniser and voice'),
  field('agenthuman', 'custom_greeting', 'profiles[].greeting.text', 'chat', 'shown', 'the greeting, word for word'),
  field('agenthuman', 'context', 'context', 'chat', 'shown', 'part of the system message'),
  field('agenthuman', 'properties', 'properties', 'chat', 'shown', 'labelled data for the model'),
  field('agenthuman', 'memories', 'memory.facts', 'chat', 'shown', 'facts that the model is reminded of'),
  field(
    'agenthuman',
    'knowledge_base',
    'knowledge.inline',
    'chat',
    'shown',
    'passages that fit the question are given to the model',
  ),
  field('agenthuman', 'status', 'status', 'chat', 'shown', 'archived: no new session'),
  field('instaview', 'name', 'name', 'interview', 'not yet', 'the title of the interview'),
  field(
    'instaview',
    'type',
    'interview.type',
    'interview',
    'not yet',
    'PHONE is called, ONLINE is joined in a browser',
  ),
  field(
    'instaview',
    'focus',
    'interview.focus',
    'interview',
    'not yet',
    'the rules, plan and evaluation of the interview',
  ),
  field(
    'instaview',
    'questions',
    'interview.questions',
    'interview',
    'not yet',
    'asked in their order, each of them once',
  ),
  field('instaview', 'instructions', 'profiles[].instructions', 'chat', 'shown', 'part of the system message'),
  field('instaview', 'language', 'profiles[].locale', 'interview', 'not yet', 'the language of the interview'),
  field(
    'instaview',
    'duration',
    'interview.durationMinutes',
    'interview',
    'not yet',
    'how long the plan is, and when the interview ends',
  ),
  field('instaview', 'voiceId', 'profiles[].voice.id', 'voice', 'not yet', 'the voice that is heard'),
  field(
    'instaview',
    'cefrLevel',
    'interview.cefrLevel',
    'interview',
    'not yet',
    'the level that the language test aims at and judges by',
  ),
  field(
    'instaview',
    'companyPhoneNumberId',
    'telephony.callerNumberId',
    'call',
    'not yet',
    'the number that its calls come from',
  ),
  field('instaview', 'metadata', 'metadata', 'config', 'shown', 'kept and merged at every level; no part of the talk'),
  field(
    'instaview',
    'backgroundSound',
    'profiles[].voice.backgroundSound',
    'voice',
    'not yet',
    'an office around the agent, or silence; null is an office',
  ),
  field('ayra', 'name', 'name', 'config', 'shown', 'shown; no two agents of a workspace share one'),
  field('ayra', 'voice_id', 'profiles[].voice.id', 'voice', 'not yet', 'the voice that is heard'),
  field('ayra', 'language', 'profiles[].locale', 'chat', 'shown', 'the language of reply, recogniser and voice'),
  field('ayra', 'system_prompt', 'profiles[].instructions', 'chat', 'shown', 'part of the system message'),
  field('ayra', 'welcome_message', 'profiles[].greeting.text', 'chat', 'shown', 'the greeting'),
  field(
    'ayra',
    'transfer_number',
    'telephony.transferNumber',
    'call',
    'not yet',
    'where a call rings that is to be handed over',
  ),
  field(
    'ayra',
    'business_hours',
    'telephony.businessHours',
    'call',
    'not yet',
    'when calls are answered; outside they are transferred or told so, and running ones go on',
  ),
  field('ayra', 'recording_enabled', 'profiles[].recording', 'voice', 'not yet', 'whether there is a recording'),
  field('ayra', 'transcription_enabled', 'transcription', 'call', 'not yet', 'whether there is a transcript'),
  field('ayra', 'status', 'status', 'call', 'not yet', 'paused or archived: nothing begins'),
  field('ayra', 'metadata', 'metadata', 'config', 'shown', 'kept and merged by key; no part of the talk'),
  field(
    'ayra',
    'voice_platform',
    'extras.ayra.voicePlatform',
    'config',
    'shown',
    'chosen when the agent is made; another value is refused',
  ),
  field(
    'ayra',
    'phone_number',
    'telephony.phoneNumber',
    'call',
    'not yet',
    'calls to that number reach this agent; changed elsewhere',
  ),
  field('agntix', 'fullName', 'name', 'chat', 'shown', 'the name it goes by; the slug of a sub-agent'),
  field('agntix', 'description', 'description', 'chat', 'shown', "on the public card; a parent's reason to hand over"),
  field('agntix', 'role', 'role', 'chat', 'shown', 'the beginning of the system message'),
  field('agntix', 'language', 'profiles[].locale', 'chat', 'shown', 'the language of reply and voice'),
  field('agntix', 'systemPrompt', 'profiles[].instructions', 'chat', 'shown', 'in the system message, after the role'),
  field(
    'agntix',
    'specialInstructions',
    'specialInstructions',
    'chat',
    'shown',
    'in the system message, after the other instructions',
  ),
  field('agntix', 'modelId', 'profiles[].model.id', 'chat', 'shown', 'the model that is asked'),
  field('agntix', 'voiceEnabled', 'voiceEnabled', 'voice', 'not yet', 'false: no voice session and no call'),
  field(
    'agntix',
    'voicePipelineMode',
    'pipelineMode',
    'voice',
    'not yet',
    'recogniser, model and voice; or one speech model; or chosen turn by turn',
  ),
  field('agntix', 'isActive', 'status', 'chat', 'shown', 'false: no new session; what is open goes on to its end'),
  field('agntix', 'isPublic', 'visibility', 'chat', 'shown', 'strangers see the card and may talk, or find nothing'),
  field('agntix', 'tools', 'tools[]', 'chat', 'shown', 'what the model is offered; replaced as a whole'),
  field('agntix', 'subAgents', 'subAgents[]', 'chat', 'shown', 'whom it may hand over to; replaced as a whole'),
];

export function ledgerPage(): string {
  const shown = LEDGER.filter(({ state }) => state === 'shown').length;
  const sections = [...new Set(LEDGER.map(({ dialect }) => dialect))].map((dialect) => {
    const rows = LEDGER.filter((one) => one.dialect === dialect).map((one) => {
      const proof = one.state === 'shown' ? `test/effects: \`${nameOf(one)}\`` : `not yet: needs ${one.needs}`;
      return `| \`${one.field}\` | \`${one.hub}\` | ${one.effect.replaceAll('|', '\\|')} | ${one.when} | ${proof} |`;
    });
    return [
      `## ${dialect}`,
      '',
      '| field | in the hub | what it does | takes effect | shown by |',
      '|---|---|---|---|---|',
      ...rows,
    ];
  });
  return `${[
    '# What every field does',
    '',
    'No field is decoration. For each documented field of the five dialects: where it lives in the hub, what it does, when',
    'an update of it takes effect, and the test that shows it. A conversation that is under way keeps every value that it',
    'began with. Written from `test/effects/ledger.ts` by `node test/effects/write.ts`; a test holds it fresh.',
    '',
    `${LEDGER.length} fields: ${shown} shown, ${LEDGER.length - shown} not yet.`,
    '',
    ...sections.flatMap((lines) => [...lines, '']),
  ]
    .join('\n')
    .trimEnd()}\n`;
}

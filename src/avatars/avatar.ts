/** A picture for agents. An agent with the avatar and without a voice of its own uses the avatar's voice. */
export interface Avatar {
  workspaceId: string;
  id: string;
  number: number;
  name: string;
  url: string;
  voiceId: string | null;
  favorite: boolean;
  public: boolean;
  createdAt: string;
  updatedAt: string;
}

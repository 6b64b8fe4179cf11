/// The templates that are shipped in `mail/`, for where the file is missing or broken; a test holds them against the files.
enum BuiltInTemplates {
    /// Name and text.
    static let all: [String: String] = [
        "accepted-backup-code": """
        Subject: A backup code of yours was used on {host}

        Somebody logged in to {host} as {user}, with your password and one of your backup codes.

          when   {time}
          from   {from}
          by     {service}
          codes left: {left}

        If that was you, there is nothing to do. When few codes are left, take new ones: run "twostep \
        backup-codes --regenerate" there, or ask your administrators.

        If it was not you, somebody has your password and your backup codes. Tell your administrators at once, \
        change your password, and have the backup codes and tokens replaced.

        """,
        "accepted-sent-code": """
        Subject: A code that was sent to you was used on {host}

        Somebody logged in to {host} as {user}, with your password and a one-time code that was sent to you.

          when   {time}
          from   {from}
          by     {service}

        If that was you, there is nothing to do. An authenticator app or a security key is safer: set one up, or \
        ask your administrators.

        If it was not you, somebody has your password and gets what is sent to you. Tell your administrators at \
        once, and change your password.

        """,
        "admin": """
        Subject: twostep on {host}: {event} ({user})

        On {host} this has happened:

          {fields}

        What it means, and what to do, is in /usr/share/doc/twostep/docs/events.md and troubleshooting.md. More: \
        twostep log

        """,
        "backup-codes-regenerated": """
        Subject: You have new backup codes on {host}

        {user} has new backup codes on {host}. The old ones do not count any more.

          when   {time}
          codes: {left}

        If you have not asked for them, tell your administrators at once.

        """,
        "contact-code": """
        Subject: A code to confirm your address

        Somebody, you we hope, said that mail about the account {user} on {host} should go to this address. To \
        confirm it, type this code where it is asked for:

          {code}

        It counts for {minutes} minutes, once. If you have not asked for it, there is nothing to do.

        """,
        "contact-removed": """
        Subject: No more mail about your account on {host}

        Mail about the second step of {user} on {host} does not go to this address any more.

          when   {time}

        If you have not asked for that, tell your administrators at once.

        """,
        "contact-set": """
        Subject: Mail about your account on {host}

        Mail about the second step of {user} on {host} goes to this address from now on, or to another one in its \
        place.

          when   {time}

        If you have not asked for that, tell your administrators at once.

        """,
        "disabled": """
        Subject: Your second step on {host} was turned off

        {user} has no second step on {host} any more: a password may be all that it takes to log in.

          when   {time}

        If you do not know why, tell your administrators at once.

        """,
        "enrolled": """
        Subject: You have a second step on {host}

        From now on logging in to {host} as {user} takes a code.

          when   {time}

        If nobody has set this up with you, tell your administrators.

        """,
        "enrolled-at-login": """
        Subject: You have a second step on {host}

        Somebody has set up a second step for {user} at a login to {host}, with your password.
        From now on logging in there takes a code.

          when   {time}
          from   {from}

        If that was not you, somebody has your password, and their phone is your second step.
        Tell your administrators at once.

        """,
        "event": """
        Subject: Your second step on {host}: {event}

        Something has happened that concerns the second step of {user} on {host}:

          {fields}

        What it means is in /usr/share/doc/twostep/docs/events.md on that machine. If you have a question, ask \
        your administrators.

        """,
        "exported": """
        Subject: The keys of your tokens on {host} were exported

        The keys of {user}'s tokens on {host} were written to a file in the clear, for another program to use.

          when   {time}

        Whoever has that file, and your password, gets in. If you do not know why, tell your administrators.

        """,
        "questions-removed": """
        Subject: The answers to your security questions on {host} are forgotten

        {user} on {host} has no answers to security questions any more: a mail to this address is no way back in.

          when   {time}

        If you have not asked for that, tell your administrators.

        """,
        "questions-set": """
        Subject: Security questions of your account on {host} were answered

        The security questions of {user} on {host} have new answers. With a mail to this address and these \
        answers one gets back in without the phone.

          when   {time}

        If you have not done that, tell your administrators at once.

        """,
        "recovered": """
        Subject: {user} on {host} was recovered

        Somebody came back to the account {user} on {host} without its second step, and gets in as soon as they \
        have set up a new one.

          when   {time}
          from   {from}
          how    {way}

        ("email": by a mail to this address and the answers to the security questions; "admin": by a code that an \
        administrator gave out.) What let {user} in before, tokens, security keys and backup codes, counts no \
        more, and other sessions are ended.

        If that was you, there is nothing to do.

        If it was not you, object at once: tell your administrators to run "twostep disable {user} --override \
        --reason stolen" and to lock the account, and change the password of your mailbox.

        """,
        "recovery-code-made": """
        Subject: An administrator has made a code to get into your account

        An administrator of {host} has made a code by which somebody gets back into the account {user} without \
        its second step. It counts until {expires}, once.

          when   {time}
          who    {admin}
          why    {reason}

        If you have asked for it, there is nothing to do but to use it: type it at your next login where the code \
        is asked for.

        If you have not, tell your administrators at once: somebody may have pretended to be you.

        """,
        "recovery-link": """
        Subject: The way back into {user} on {host}

        Somebody, you we hope, asked to get back into the account {user} on {host}. To do so, log in there again \
        within {minutes} minutes. Where the code is asked for, paste this link, whole:

          {code}

        You are then asked your security questions, and set up a new second step. It works once.

        If that was not you, do not open the link and give it to nobody, whoever asks for it: somebody has your \
        password. Change it, and tell your administrators. Nobody is in by this mail alone.

        """,
        "recovery-refused": """
        Subject: A way back into your account on {host} was refused

        At a login to {host} somebody tried to get back in as {user} without a code, and was refused.

          when   {time}
          from   {from}
          by     {service}
          why    {reason}

        If that was you, your administrators can help: they can give you a code to get back in.

        If it was not you, somebody has your password. They are not in. Change your password, and tell your \
        administrators.

        For an hour there will be no other mail about the same.

        """,
        "recovery-requested": """
        Subject: A way back into your account on {host} was asked for

        At a login to {host} somebody typed "recover" as {user}. A mail with the way back was sent to this address.

          when   {time}
          from   {from}
          by     {service}

        If that was you, there is nothing to do but to use it within the hour.

        If it was not you, somebody has your password: that question comes after it. They are not in. Change your \
        password, keep the other mail to yourself, and tell your administrators.

        """,
        "recovery-token": """
        Subject: The way back into {user} on {host}

        Somebody, you we hope, asked to get back into the account {user} on {host}. To do so, log in there again \
        within {minutes} minutes. Where the code is asked for, type or paste this:

          {code}

        You are then asked your security questions, and set up a new second step. It works once.

        If that was not you, give it to nobody, whoever asks for it: somebody has your password. Change it, and \
        tell your administrators. Nobody is in by this mail alone.

        """,
        "refused-locked": """
        Subject: Codes for your account on {host} are being guessed

        So many wrong codes were typed for {user} on {host} that single codes from there are not looked at for a \
        while.

          when   {time}
          from   {from}
          by     {service}

        If that was you, wait a while, or type two codes one after the other in one line, or a backup code.

        If it was not you, somebody has your password: the code is asked for after it. They are not in. Change \
        your password, and tell your administrators.

        For an hour there will be no other mail about this.

        """,
        "token-added": """
        Subject: A token was added to your account on {host}

        {user} has one more way to get in to {host}.

          when   {time}
          token  {token}

        If you do not know it, tell your administrators at once: whoever has it, and your password, gets in.

        """,
        "token-removed": """
        Subject: A token was removed from your account on {host}

        {user} has one way less to get in to {host}: its codes do not count any more.

          when   {time}
          token  {token}

        If you have not asked for that, tell your administrators.

        """,
        "tokens-replaced": """
        Subject: Your second step on {host} was replaced

        The tokens of {user} on {host} were replaced by those of another program's file.

          when   {time}

        If you do not know why, tell your administrators.

        """,
        "unlocked": """
        Subject: Your second step on {host} was unlocked

        After too many wrong codes for {user} on {host}, single codes count again: an administrator has said so.

          when   {time}

        Wrong codes come from somebody who has your password. If that was not you, change it.

        """,
    ]

    /// The templates of mails that bring a code.
    static let withCode = ["contact-code", "recovery-link", "recovery-token"]
}

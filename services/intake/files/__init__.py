"""Files that enterprises add to their appeals: opened, stripped of what could harm or betray, and written anew.

What cannot be opened as what it says it is, is refused with a rule; nothing is kept as it came. Pure, but for the time it
takes. Sources: OWASP ASVS 5.0 V5, the OWASP File Upload cheat sheet.
"""

"""Words of a third hand,
which neither the assistant's vocabulary nor the first lists were written from; and how names are decorated."""

import unicodedata

HEADERS = {
    "accompagnements": {
        "id_accompagnement": ["Dossier", "Clé dossier", "N° de dossier d'accompagnement", "ID_ACCOMPAGNEMENT", "Réf. interne",
                              "N° prise en charge"],
        "nir": ["NIR (13 ou 15 c.)", "N° immatriculation", "Numéro de Sécurité sociale", "NUM_NIR", "Identifiant assuré (NIR)", "SSN"],
        "organisme": ["Caisse d'affiliation", "CPAM de rattachement", "Organisme local", "COD_CAISSE", "Caisse locale",
                      "Caisse pilote"],
        "date_saisine": ["Saisine", "Jour de saisine", "DAT_SAI", "Date de réception de la saisine", "Repérage le",
                         "Date d'entrée saisine"],
        "date_ouverture": ["Date d'entrée en accompagnement", "Date d'ouverture", "DAT_OUV_ACC", "Prise en charge le",
                           "Accompagnement ouvert le",
                           "Date de démarrage de l'accompagnement"],
        "date_cloture": ["Date de sortie d'accompagnement", "Date de fermeture", "DAT_CLO_ACC", "Accompagnement clos le",
                         "Date de fin d'accompagnement",
                         "Clôture"],
        "motif_cloture": ["Type de clôture", "Conclusion", "MTF_CLO", "Résultat de l'accompagnement", "Motif fermeture",
                          "Bilan de clôture"],
        "type_accompagnement": ["Type de prise en charge", "Offre", "TYP_ACCOMP", "Soins/hors soins", "Volet MisAS",
                                "Catégorie d'accompagnement"],
        "famille_detecteur": ["Canal de détection", "Famille de prescripteur", "FAM_DETECT", "Qui a détecté", "Origine (famille)",
                              "Type de signalant"],
        "categorie_detecteur": ["Sous-canal", "Prescripteur", "CAT_DETECT", "Détecteur (détail)", "Origine (détail)", "Signalant"],
        "structure": ["Nom du partenaire signalant", "Structure ayant détecté", "NOM_STRUCT", "Nom de l'établissement",
                      "Structure d'origine", "Nom structure"],
        "help": ["Issu de HELP", "HELP (O/N)", "IND_HELP", "Demande HELP"],
        "sexe": ["Sexe du patient", "Civilité de l'assuré", "COD_SEXE", "Sexe (H/F)"],
        "date_naissance": ["Date de naissance de l'assuré", "DAT_NAIS", "Naissance (date)", "Date naissance bénéficiaire"],
        "medecin_traitant_debut": ["Médecin traitant à l'entrée", "IND_MT_DEB", "MT déclaré au début", "Présence MT ouverture"],
        "medecin_traitant_fin": ["Médecin traitant à la sortie", "IND_MT_FIN", "MT déclaré à la fin", "Présence MT clôture"],
        "c2s_fin": ["C2S à la sortie", "IND_C2S_FIN", "Bénéficiaire C2S (fin)", "Couvert par la C2S en fin"],
        "ald_fin": ["ALD à la sortie", "IND_ALD_FIN", "En ALD à la fin", "Exonération ALD en fin"],
        "situation": ["Statut socio-professionnel", "COD_SIT_PRO", "Activité", "Situation vis-à-vis de l'emploi"],
        "handicap": ["Personne handicapée", "IND_HANDI", "Reconnaissance handicap", "Assuré en situation de handicap"],
    },
    "actions": {
        "id_accompagnement": [],
        "thematique": ["Thématique de l'action", "COD_THEME", "Champ de l'action", "Rubrique"],
        "libelle": ["Libellé de l'action", "LIB_ACT", "Action réalisée", "Description"],
        "date_action": ["Date de l'action", "DAT_ACT", "Faite le", "Jour de l'action"],
        "resultat": ["Résultat obtenu", "COD_RES", "Aboutissement", "Suite donnée"],
        "partenaire": ["Partenaire d'orientation", "NOM_PART", "Partenaire mobilisé", "Structure partenaire"],
    },
    "soins": {
        "id_accompagnement": [],
        "type_soins": ["Type de soins", "COD_TYP_SOIN", "Besoin de soins", "Soin recherché"],
        "specialite": ["Spécialité du médecin", "COD_SPE", "Spécialité concernée", "Discipline concernée"],
        "realise": ["Soin obtenu", "IND_REAL", "A eu lieu", "Soin effectivement réalisé"],
        "date_realisation": ["Date du soin réalisé", "DAT_REAL", "Date d'obtention", "Consultation le"],
    },
}  # fmt: skip

CODES = {
    "sexe": {"H": ["Masculin", "M", "Hommes", "1-Masculin"], "F": ["Féminin", "F", "Femmes", "2-Féminin"]},
    "type_accompagnement": {
        "SOINS": ["Accompagnement soins", "SOIN", "Aux soins", "Accès soins"],
        "HORS_SOINS": ["Accompagnement hors soins", "HORS SOIN", "Hors soins", "Hors accès soins"],
    },
    "motif_cloture": {
        "SOINS_REALISES": ["Soins réalisés - succès", "SOINS FAITS", "Fin : soins réalisés", "Soin(s) réalisé(s)"],
        "SUCCES_SANS_SOIN": ["Succès (sans soin réalisé)", "SUCCES SS SOIN", "Fin : succès sans soin réalisé",
                             "Succès sans réalisation de soin"],
        "SUCCES_PARTIEL": ["Interrompu - succès partiel", "SUCCES PART", "Fin : abandon avec succès partiel",
                           "Abandonné avec succès partiel"],
        "ABANDON": ["Abandon / interrompu", "ABANDON INTERRUPT", "Fin : abandon", "Abandonné ou interrompu"],
        "NON_PERTINENT": ["Saisine non pertinente", "NON PERTINENT", "Fin : non pertinent", "Jugé non pertinent"],
        "HORS_CPAM": ["Ne relève pas de notre CPAM", "HORS CPAM", "Fin : hors CPAM", "Ne dépend pas de notre organisme"],
        "TRANSFERT": ["Transfert du dossier", "TRANSFERT", "Fin : transfert", "Transféré à une autre CPAM"],
    },
    "famille_detecteur": {
        "ASSURANCE_MALADIE": ["Interne Assurance Maladie", "ASS MALADIE", "Réseau AM", "Services internes"],
        "PARTENAIRES": ["Partenaires extérieurs", "PARTENAIRE", "Partenaires locaux", "Partenaire social"],
        "PROFESSIONNELS_SANTE": ["Professionnels de santé", "PROF SANTE", "PS", "Professionnel santé"],
    },
    "categorie_detecteur": {
        "AM_ACCUEIL": ["Accueil CPAM", "ACCUEIL", "Points d'accueil", "Accueil de proximité"],
        "AM_PFS": ["Plateforme de service", "PFS", "Plateforme téléphonique (PFS)", "Plateforme 36 46"],
        "AM_MEDIATION": ["Médiation", "MEDIATEUR", "Service de médiation", "Médiateur de la caisse"],
        "AM_REQUETES": ["Requêtes", "REQUETES SORTANTS", "Requêtes et appels sortants", "Campagnes et requêtes"],
        "AM_ASS": ["Action sanitaire et sociale (ASS)", "ASS", "Service d'action sanitaire", "Commission d'ASS"],
        "AM_CES": ["Centre d'examen de santé (CES)", "CES", "Centres d'examens de santé", "Examen de santé CES"],
        "AM_SERVICE_SOCIAL": ["Service social", "SERV SOCIAL", "Service social régional", "Service social Assurance Maladie"],
        "AM_SERVICE_MEDICAL": ["Service médical", "SERV MEDICAL", "Service médical (DRSM)", "Médecin-conseil"],
        "AM_ALLER_VERS": ["Aller vers", "ALLER VERS", "Démarches d'aller-vers", "Équipe aller-vers"],
        "AM_AUTRES": ["Autres (AM)", "AUTRES AM", "Autres", "Autre service de la caisse"],
        "PE_ASSOCIATIONS": ["Association", "ASSOCIATION", "Associations", "Association partenaire"],
        "PE_COLLECTIVITES": ["Collectivités territoriales", "COLLECTIVITE", "Collectivités locales", "Collectivité (CCAS, mairie)"],
        "PE_INSTITUTIONS": ["Institutions publiques", "INSTITUTION", "Institutions", "Institution (CAF, France Travail)"],
        "PE_ENTREPRISES": ["Entreprises", "ENTREPRISE", "Entreprises", "Entreprise / employeur"],
        "PE_AUTRES": ["Autres (partenaires)", "AUTRES PART", "Autres", "Autre partenaire local"],
        "PS_LIBERAUX": ["Libéraux", "LIBERAL", "Professionnels libéraux", "Médecins et infirmiers libéraux"],
        "PS_ETABLISSEMENTS": ["Établissements de santé", "ETS SANTE", "Établissements", "Hôpitaux et cliniques"],
        "PS_EXERCICES_COORDONNES": ["Exercice coordonné", "EXERC COORDONNE", "MSP et CPTS", "Maisons de santé (exercice coordonné)"],
        "PS_AUTRES": ["Autres (PS)", "AUTRES PS", "Autres", "Autre acteur de santé"],
    },
    "situation": {
        "SALARIE": ["Salarié(e)", "SALARIE", "En activité salariée", "Salarié"],
        "INDEPENDANT": ["Travailleur indépendant", "INDEPENDANT", "En activité indépendante", "Indépendant(e)"],
        "SANS_EMPLOI": ["Sans emploi", "DEM EMPLOI", "En recherche d'emploi", "Demandeur(se) d'emploi"],
        "RETRAITE": ["Retraité(e)", "RETRAITE", "Pension de retraite", "À la retraite"],
        "ETUDIANT": ["Étudiant(e)", "ETUDIANT", "En études", "Étudiant / élève"],
        "INVALIDITE": ["Invalidité", "INVALIDITE", "Pension d'invalidité", "Invalide"],
        "AUTRE": ["Autre", "AUTRE", "Autre situation", "Autre(s)"],
    },
    "thematique": {
        "DROITS": ["Accès aux droits", "DROITS", "Droits et prestations", "Ouverture des droits"],
        "NUMERIQUE": ["Accompagnement au numérique", "NUMERIQUE", "Inclusion numérique", "Numérique (compte ameli)"],
        "PREVENTION": ["Prévention", "PREVENTION", "Actions de prévention", "Prévention santé"],
        "ORIENTATION": ["Orientation vers un partenaire", "ORIENTATION", "Orientation partenariale", "Orientation externe"],
        "GUIDANCE": ["Guidance système de soins", "GUIDANCE", "Guidance dans le parcours", "Guidance"],
        "AIDE_FINANCIERE": ["Aide financière (ASS)", "AIDE FINANCIERE", "Aides financières ASS", "Aide financière individuelle"],
    },
    "resultat": {
        "REUSSIE": ["Réussite", "REUSSIE", "Action réussie", "Réussie"],
        "NON_ABOUTIE": ["Non aboutie", "NON ABOUTIE", "Action non aboutie", "Sans résultat"],
        "EN_COURS": ["Toujours en cours", "EN COURS", "Action en cours", "En cours"],
    },
    "type_soins": {
        "GENERALISTE": ["Médecin généraliste", "GENERALISTE", "Consultation MG", "Médecine générale"],
        "SPECIALISTE": ["Médecin spécialiste", "SPECIALISTE", "Consultation spé.", "Médecine spécialisée"],
        "DENTAIRE_CONSERVATEUR": ["Soins dentaires conservateurs", "DENT CONSERV", "Dentaire conservateur",
                                  "Soins dentaires (conservateurs)"],
        "DENTAIRE_PROTHETIQUE": ["Soins dentaires prothétiques", "DENT PROTH", "Dentaire prothétique", "Soins dentaires (prothèses)"],
        "MEDICAMENTS": ["Médicaments", "MEDICAMENT", "Délivrance pharmacie", "Médicaments / pharmacie"],
        "OPTIQUE": ["Optique", "OPTIQUE", "Optique-lunetterie", "Équipement d'optique"],
        "AUDIOPROTHESE": ["Audioprothèses", "AUDIO", "Appareils auditifs", "Prothèse auditive (audio)"],
        "IMAGERIE": ["Imagerie médicale", "IMAGERIE", "Radiologie", "Examens d'imagerie"],
        "HOSPITALISATION": ["Hospitalisation", "HOSPI", "Séjour à l'hôpital", "Hospitalisations"],
        "KINESITHERAPIE": ["Kinésithérapie", "KINE", "Masseur-kinésithérapeute", "Séances de kiné"],
        "ORTHODONTIE": ["Orthodontie", "ODF", "Traitement d'orthodontie", "Orthodontie (ODF)"],
        "ANALYSES": ["Analyses biologiques", "ANALYSES", "Laboratoire d'analyses", "Biologie / analyses"],
        "TRANSPORT": ["Transport", "TRANSPORT", "Transport sanitaire", "Transports de patients"],
        "AUTRE": ["Autres", "AUTRE", "Autres soins", "Autre (soins)"],
    },
    "specialite": {
        "GYNECOLOGIE": ["Gynécologie", "GYNECO", "Gynécologue", "Gynécologie médicale"],
        "NEURO_PSYCHIATRIE": ["Neuropsychiatrie", "NEURO PSY", "Psychiatre / neurologue", "Neurologie et psychiatrie"],
        "CARDIOLOGIE": ["Cardiologie", "CARDIO", "Cardiologue", "Cardio-vasculaire"],
        "OPHTALMOLOGIE": ["Ophtalmologie", "OPHTALMO", "Ophtalmologiste", "Ophtalmologue"],
        "DERMATOLOGIE": ["Dermatologie", "DERMATO", "Dermatologue", "Dermatologie"],
        "RHUMATOLOGIE": ["Rhumatologie", "RHUMATO", "Rhumatologue", "Rhumatologie"],
        "GASTRO": ["Gastroentérologie", "GASTRO", "Gastro-entérologue", "Gastro-entérologie et hépatologie"],
        "PNEUMOLOGIE": ["Pneumologie", "PNEUMO", "Pneumologue", "Pneumologie"],
        "ORL": ["O.R.L.", "ORL", "Médecin ORL", "Oto-rhino-laryngologie (ORL)"],
        "CHIRURGIE": ["Chirurgie", "CHIR", "Chirurgien", "Chirurgie (toutes)"],
        "ENDOCRINOLOGIE": ["Endocrinologie", "ENDOCRINO", "Endocrinologue", "Endocrinologie et diabète"],
        "AUTRE": ["Autres", "AUTRE", "Autre spécialité", "Autres spécialités"],
    },
}  # fmt: skip

YES_NO = [("Oui", "Non", ""), ("OUI", "NON", "INCONNU"), ("1", "0", ""), ("O", "N", ""), ("Vrai", "Faux", ""), ("x", "", ""), ("T",
    "F", ""),
          ("Y", "N", "NA")]  # fmt: skip
OPEN = ["", "En cours", "Non clôturé", "Dossier ouvert"]
CONTRARY = {
    "medecin_traitant_fin": ["Sans médecin traitant (fin)", "N'a pas de MT à la clôture", "Absence MT fin"],
    "medecin_traitant_debut": ["Sans médecin traitant (début)", "Pas de MT à l'entrée"],
    "c2s_fin": ["Sans C2S (fin)", "Aucune C2S à la sortie"],
    "ald_fin": ["Hors ALD (fin)", "Sans ALD"],
    "handicap": ["Sans handicap", "Absence de handicap"],
}
OTHERS = {
    "accompagnements": ["Date de dernière modification", "Date de premier contact", "Date de relance", "Motif du renoncement",
                        "Code postal", "Agent référent",
                        "Téléphone joignable", "Consentement recueilli", "Nombre de contacts", "Antenne", "Saisi par", "Urgent",
                            "Régime", "Date de fin de droits",
                        "Statut de la fiche", "Motif d'abandon", "N° assuré interne"],
    "actions": ["N° action", "Saisi par", "Date de saisie", "Durée (min)", "Canal"],
    "soins": ["N° soin", "Saisi par", "Date de rendez-vous", "Reste à charge"],
}  # fmt: skip
OTHER_TEXTS = {
    "Motif du renoncement": ["Financier", "Délai de rendez-vous", "Éloignement", "Autre"],
    "Code postal": ["30000", "33000", "75011", "69003"],
    "Agent référent": ["Dupont", "Durand", "Martin"],
    "Téléphone joignable": ["Oui", "Non"],
    "Consentement recueilli": ["Oui", "Oui", "Oui", "Non"],
    "Antenne": ["Nord", "Sud", "Centre"],
    "Saisi par": ["AG1", "AG2", "AG3"],
    "Urgent": ["Oui", "Non", "Non", "Non"],
    "Régime": ["Général", "MSA", "Général"],
    "Statut de la fiche": ["Validée", "Brouillon", "Validée"],
    "Motif d'abandon": ["", "", "Injoignable", "Refus"],
    "Canal": ["Téléphone", "Mail", "Accueil"],
    "Reste à charge": ["0 €", "12,50 €", "100 €"],
    "Site": ["Siège", "Antenne Nord", "Antenne Sud"],
    "Motif de la saisine": ["Renoncement aux soins", "Difficulté d'accès", "Reste à charge"],
    "Région": ["Occitanie", "Bretagne", "Île-de-France"],
    "Commune": ["Nîmes", "Alès", "Rennes", "Paris"],
    "Gestionnaire": ["ABD", "CLT", "FRN"],
    "Agent": ["M. Dupont", "Mme Durand"],
    "Observations": ["à rappeler", "dossier complet", ""],
    "Commentaire": ["", "vu", "à revoir"],
}
DATES = ["%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "%m/%d/%Y", "%d/%m/%y", "%Y%m%d", "%d %B %Y", "%d %b %Y", "%d.%m.%Y", "%d%m%Y",
    "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M",
         "excel", "%Y-%m-%dT%H:%M:%S%z"]  # fmt: skip
PREAMBLES = [
    (),
    (),
    ("Tableau de suivi MisAS",),
    ("CNAM", "Extraction MisAS", ""),
    ("Requête BO : suivi", "Paramètres : toutes caisses", "", ""),
]
FOOTERS = ["", "", "Total général", "TOTAL;{n}", "*** Fin ***", "Source : MisAS"]
FOLDERS = ["Envoi du {d:%d.%m.%Y}", "BALI_{d:%Y%m%d}", "{d:%Y-%m-%d}", "Extraction au {d:%d-%m-%Y}", "lot {d:%d_%m_%Y}"]
NAMES = {
    "accompagnements": ["export_accompagnements", "dossiers MisAS", "01_ACCOMP", "fichier1", "Accompagnement"],
    "actions": ["export_actions", "actions MisAS", "02_ACTIONS", "fichier2", "Action"],
    "soins": ["export_soins", "soins MisAS", "03_SOINS", "fichier3", "Soins attendus"],
}


def _plain(text):
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)).replace("’", "'")


def _shouting(text):
    return "_".join("".join(c if c.isalnum() else " " for c in _plain(text)).upper().split())


def _camel(text):
    first, *rest = "".join(c if c.isalnum() else " " for c in _plain(text)).split()
    return first.lower() + "".join(w.capitalize() for w in rest)


DECORATIONS = {
    "": str,
    "criées": _shouting,
    "chameau": _camel,
    "minuscules": lambda t: _shouting(t).lower(),
    "étoile": lambda t: f"{t} *",
    "deux points": lambda t: f"{t} :",
    "capitales": str.upper,
}
VALUE_DECORATIONS = {
    "": lambda text, _: text,
    "capitales": lambda text, _: text.upper(),
    "sans accents": lambda text, _: _plain(text),
    "numérotées": lambda text, at: f"{at:02d} - {text}",
    "numéro.": lambda text, at: f"{at}. {text}",
    "minuscules": lambda text, _: text.lower(),
}
